using Microsoft.Data.Sqlite;
using Ripieno.Errors;
using Ripieno.Sqlite.Operations;
using Ripieno.Storage;

namespace Ripieno.Sqlite;

/// <summary>The embedded store: one file, any number of processes of one machine. <c>README.md</c> explains it before you read on.</summary>
internal sealed partial class SqliteStore : IStore
{
    /// <summary>Below this version WAL has a race between a checkpoint and a writer that can lose commits.</summary>
    private static readonly Version OldestEngine = new(3, 51, 3);

    /// <summary>
    /// Steps that one transaction touches on behalf of one change, however wide it is: about 2 ms. Larger makes everyone else wait longer, smaller takes more flushes.
    /// </summary>
    public const int Batch = 100;

    private readonly Writer _writer;
    private readonly Readers _readers;
    private readonly Changes _changes;
    private readonly Continuation _continuation;
    private readonly TimeProvider _time;
    private readonly int _batch;
    private readonly long? _maxQueued;
    private int _disposed;

    private SqliteStore(string path, Connection writer, TimeProvider time, int batch, long? maxQueued)
    {
        (_time, _batch, _maxQueued) = (time, batch, maxQueued);
        _changes = new(Connection.Open(path, readOnly: true), time);
        _readers = new(path);
        Description = new("sqlite", path, "SQLite " + writer.EngineVersion, Schema.Version, "An acknowledged commit survives kills and power cuts (WAL, synchronous=FULL).")
        {
            OneMachine = true,
        };
        _continuation = new(cancellation => _writer!.WriteEvenClosedAsync(Unfinished.Advance, cancellation));
        _writer = new(path, writer, time, batch, unfinished =>
        {
            _changes.Committed();
            if (unfinished)
                _continuation.Start();
        });
    }

    public StoreDescription Description { get; }

    /// <summary>Opens the file, making it and its folder when absent.</summary>
    /// <exception cref="StoreUnavailableException">
    /// Not a Ripieno store, a newer schema, damaged, not writable, or on a network file system, whose locks SQLite cannot trust.
    /// </exception>
    public static Task<SqliteStore> OpenAsync(string path, TimeProvider time, CancellationToken cancellation) => OpenAsync(path, time, Batch, null, cancellation);

    /// <param name="path">The file.</param>
    /// <param name="time">Clock of what is written.</param>
    /// <param name="batch">As <see cref="Batch"/>; small in tests, so that narrow graphs go the ways of wide ones.</param>
    /// <param name="maxQueued">Open steps in the file at which submissions are refused; null = any number.</param>
    /// <param name="cancellation">Ends the wait.</param>
    internal static async Task<SqliteStore> OpenAsync(string path, TimeProvider time, int batch, long? maxQueued, CancellationToken cancellation)
    {
        path = Path.GetFullPath(path);
        return await Task.Run(() => Open(path, time, batch, maxQueued), cancellation);
    }

    public Task<SubmitOutcome> SubmitAsync(RunSubmission submission, CancellationToken cancellation) =>
        _writer.WriteAsync(new SubmitRun(submission, _maxQueued).Execute, cancellation);

    public Task<bool> CancelAsync(string runId, CancellationToken cancellation) =>
        _writer.WriteAsync(session => CancelRun.Execute(session, runId), cancellation);

    public Task<int> RetryAsync(string runId, IReadOnlyCollection<string> stepKeys, CancellationToken cancellation) =>
        _writer.WriteAsync(new RetryRun(runId, stepKeys).Execute, cancellation);

    public async Task<IReadOnlyList<ClaimedStep>> ClaimAsync(ClaimRequest request, CancellationToken cancellation)
    {
        // Not cancellable once begun: the steps would be claimed and no one would know.
        var claims = await _writer.WriteAsync(new ClaimSteps(request).Execute, cancellation);
        var steps = new List<ClaimedStep>(claims.Count);
        foreach (var claim in claims)
        {
            try
            {
                steps.Add(claim.Unpack());
            }
            catch (StoreDamagedException damaged)
            {
                // It is claimed and nobody will execute it; the others must not suffer for it.
                await FailAsync(claim.Step.Lease, new(damaged.Message, null, default), CancellationToken.None);
            }
        }

        return steps;
    }

    public Task<int> DeleteRunsAsync(IReadOnlyCollection<string> runIds, CancellationToken cancellation) =>
        _writer.WriteAsync(session => DeleteRuns.Execute(session, runIds), cancellation);

    public async Task<ReportOutcome> CompleteAsync(StepLease lease, StepCompletion completion, CancellationToken cancellation)
    {
        var operation = new CompleteStep(lease, completion);
        if (operation.WriteAhead(_batch) is { } staged)
        {
            for (var offset = 0; offset < staged.Count; offset += _batch)
            {
                var from = offset;
                if (await _writer.WriteAsync(session => staged.Stage(session, from), cancellation) is { } answer)
                    return answer;
            }
        }

        return await _writer.WriteAsync(operation.Execute, cancellation);
    }

    public Task<ReportOutcome> FailAsync(StepLease lease, StepFailure failure, CancellationToken cancellation) =>
        _writer.WriteAsync(session => GiveUpStep.Fail(session, lease, failure), cancellation);

    public Task<ReportOutcome> ParkAsync(StepLease lease, DateTimeOffset until, string reason, CancellationToken cancellation) =>
        _writer.WriteAsync(session => GiveUpStep.Park(session, lease, until, reason), cancellation);

    public Task<ReportOutcome> ReleaseAsync(StepLease lease, CancellationToken cancellation) =>
        _writer.WriteAsync(session => GiveUpStep.Release(session, lease), cancellation);

    public Task WakeAsync(string runId, int stepIndex, CancellationToken cancellation) =>
        _writer.WriteAsync(session => Overdue.Wake(session, runId, stepIndex), cancellation);

    public Task RegisterInstanceAsync(InstanceRecord instance, TimeSpan lease, CancellationToken cancellation) => _writer.WriteAsync(
        session =>
        {
            Instances.Register(session, instance, lease);
            return NoteSharing(session);
        },
        cancellation);

    public Task<RenewReply> RenewAsync(Guid incarnation, IReadOnlyList<StepLease> leases, TimeSpan lease, CancellationToken cancellation) => _writer.WriteAsync(
        session =>
        {
            NoteSharing(session);
            return Instances.Renew(session, incarnation, leases, lease);
        },
        cancellation);

    public async Task<int> EndInstanceAsync(Guid incarnation, InstanceEnd end, CancellationToken cancellation)
    {
        for (var total = 0; ;)
        {
            var taken = await _writer.WriteEvenClosedAsync(session => Instances.End(session, incarnation, end), cancellation);
            total += taken;
            if (taken < Overdue.Batch)
                return total;
        }
    }

    public Task<bool> ReportInstanceAsync(Guid incarnation, ReadOnlyMemory<byte> report, CancellationToken cancellation)
    {
        ContentLimits.CheckReport(report.Length);
        return _writer.WriteAsync(session => Instances.Report(session, incarnation, report), cancellation);
    }

    public Task<InstanceRecord> RequestDrainAsync(string instanceId, CancellationToken cancellation) =>
        _writer.WriteAsync(session => Instances.RequestDrain(session, instanceId), cancellation);

    public Task<long> NextTurnAsync(string sequence, CancellationToken cancellation) =>
        _writer.WriteAsync(session => Instances.NextTurn(session, sequence), cancellation);

    public Task AppendLogAsync(LogBatch batch, CancellationToken cancellation)
    {
        ContentLimits.Check(batch);
        return _writer.WriteAsync(session => AppendLog.Execute(session, batch), cancellation);
    }

    public Task<PermitReply> AcquirePermitAsync(PermitRequest request, CancellationToken cancellation) =>
        _writer.WriteAsync(session => Permits.Acquire(session, request), cancellation);

    public Task ReleasePermitAsync(HeldPermit permit, int? tokens, CancellationToken cancellation) =>
        _writer.WriteAsync(session => Permits.Release(session, permit, tokens), cancellation);

    public Task<IReadOnlyList<HeldPermit>> KeepPermitsAsync(Guid incarnation, IReadOnlyCollection<HeldPermit> permits, CancellationToken cancellation) =>
        _writer.WriteAsync(session => Permits.Keep(session, incarnation, permits), cancellation);

    public Task CoolLimitAsync(string limit, TimeSpan rest, string reason, CancellationToken cancellation) =>
        _writer.WriteAsync(session => Permits.Cool(session, limit, rest, reason), cancellation);

    public Task SettleAsync(CancellationToken cancellation) => _continuation.SettleAsync(cancellation);

    public Task<long> WaitForChangeAsync(long seen, TimeSpan atMost, CancellationToken cancellation) => _changes.WaitAsync(seen, atMost, cancellation);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        await _continuation.DisposeAsync();
        // The writer last: only a connection that may write can merge the log into the file, so that a closed store is one file to copy.
        await _readers.DisposeAsync();
        _changes.Dispose();
        _writer.Dispose();
    }

    private bool NoteSharing(Session session) =>
        _writer.Sharing = session.Db.Number("SELECT count(*) FROM instance WHERE pid <> ?1 AND expires > ?2", Environment.ProcessId, session.Now) > 0;

    private static SqliteStore Open(string path, TimeProvider time, int batch, long? maxQueued)
    {
        Connection? connection = null;
        try
        {
            NetworkFiles.Refuse(path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            RefuseForeign(path);
            connection = Connection.Open(path, readOnly: false);
            if (Version.Parse(connection.EngineVersion) < OldestEngine)
                throw new StoreUnavailableException($"SQLite {connection.EngineVersion} was loaded; {OldestEngine} or newer is needed. Reinstall Ripieno with its own SQLite.");
            Prepare(path, connection, time);
            return new SqliteStore(path, connection, time, batch, maxQueued);
        }
        catch (SqliteException exception)
        {
            connection?.Dispose();
            throw SqliteErrors.Unavailable(path, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"The store {path} cannot be opened: {exception.Message}", exception);
        }
        catch
        {
            connection?.Dispose();
            throw;
        }
    }

    /// <summary>Looks before the first connection that writes, because setting the log mode already changes the file. Reading the tables' names also finds a damaged first page.</summary>
    internal static void RefuseForeign(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
            return;
        using var look = Connection.Open(path, readOnly: true);
        if (look.Number("SELECT count(*) FROM sqlite_master") > 0 && look.Number("PRAGMA application_id") != Schema.ApplicationId)
            throw new StoreUnavailableException($"{path} is an SQLite database of another program. Name another file: --store sqlite:other.db.");
    }

    private static void Prepare(string path, Connection connection, TimeProvider time)
    {
        if (connection.Number("PRAGMA user_version") == Schema.Version && connection.Number("PRAGMA application_id") == Schema.ApplicationId && connection.Number(Schema.LacksFiles) == 0)
            return;
        // Another process may be making the tables at this moment: look again under the lock.
        var started = time.GetTimestamp();
        while (!TryBegin(connection) && time.GetElapsedTime(started) < TimeSpan.FromSeconds(10))
        {
        }

        var version = connection.Number("PRAGMA user_version");
        var tables = connection.Number("SELECT count(*) FROM sqlite_master");
        if (tables == 0)
        {
            connection.Run(Schema.Create);
            connection.Run($"PRAGMA application_id = {Schema.ApplicationId}");
            connection.Run($"PRAGMA user_version = {Schema.Version}");
        }
        else if (version != Schema.Version)
        {
            throw new StoreUnavailableException(
                $"The store {path} has schema version {version}; this Ripieno knows {Schema.Version}. {(version > Schema.Version ? "Use the newer Ripieno that wrote it." : "Finish its runs with the older Ripieno, or start a new file.")}");
        }

        else if (connection.Number(Schema.LacksFiles) > 0)
        {
            connection.Run(Schema.AddFiles);
        }

        connection.Run("COMMIT");
    }

    private static bool TryBegin(Connection connection)
    {
        try
        {
            connection.Run("BEGIN IMMEDIATE");
            return true;
        }
        catch (SqliteException exception) when (SqliteErrors.IsBusy(exception))
        {
            return false;
        }
    }
}
