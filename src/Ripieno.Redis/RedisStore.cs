using System.Globalization;
using Ripieno.Errors;
using Ripieno.Redis.Values;
using Ripieno.Runs;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>The shared store: one Redis, any number of instances. <c>README.md</c> explains it before you read on.</summary>
internal sealed partial class RedisStore : IStore
{
    /// <summary>Steps that one script touches on behalf of one change.</summary>
    public const int Batch = 100;

    /// <summary>Version of the stored shape; a store with a newer one is refused.</summary>
    public const int SchemaVersion = 5;

    /// <summary>Reports in one call.</summary>
    private const int MostReports = 100;

    /// <summary>Bytes of results and artifacts in one call.</summary>
    private const int MostReported = 1024 * 1024;

    /// <summary>Bytes of a submission that weigh as much as a step.</summary>
    private const int LargeSubmission = 10_000;

    private readonly RedisSettings _settings;
    private readonly RedisProbe _probe;
    private readonly TimeProvider _time;
    private readonly RedisConnection _connection;
    private readonly Line _db;
    private readonly Caller _caller;
    private readonly Partition[] _partitions;
    private readonly Combined<LeaseReport, ReportAnswer>[] _reports;
    private readonly Combined<SubmitArguments, string>[] _submissions;
    private readonly Upkeep _upkeep;
    private readonly Claims _claims;
    private readonly Strays _strays;
    private readonly Memory _memory;
    private readonly Changes _changes;
    private readonly Continuation _continuation;
    private int _disposed;

    private RedisStore(RedisSettings settings, RedisProbe probe, TimeProvider time, RedisConnection connection, Caller caller, Partition[] partitions, ServerFacts facts)
    {
        (_settings, _probe, _time, _connection, _caller, _partitions) = (settings, probe, time, connection, caller, partitions);
        _db = connection.Work;
        _memory = new(connection);
        _changes = new(OthersCommittedAsync, time);
        _continuation = new(AdvanceAsync);
        _upkeep = new(caller, connection.Leases, probe, partitions, FailAsync);
        _claims = new(caller, connection.Leases, partitions, _upkeep);
        _strays = new(_claims, _upkeep);
        caller.Committed = _changes.Committed;
        caller.Unfinished = _continuation.Start;
        _reports = [.. partitions.Select(partition => new Combined<LeaseReport, ReportAnswer>(MostReports, MostReported, reports => ReportAsync(partition, reports)))];
        _submissions = [.. partitions.Select(partition => new Combined<SubmitArguments, string>(Batch, Batch, submissions => SubmitAsync(partition, submissions)))];
        Description = new("redis", connection.Location, $"Redis {facts.Version}{connection.Topology}", SchemaVersion, facts.DurabilityWith(settings.Acknowledge));
    }

    public StoreDescription Description { get; }

    public bool FollowsUp => true;

    /// <summary>Connects, checks that the server keeps what it acknowledges, and makes the store when there is none.</summary>
    /// <exception cref="StoreUnavailableException">Not reachable, not to be trusted, another schema.</exception>
    public static Task<RedisStore> OpenAsync(RedisSettings settings, TimeProvider time, CancellationToken cancellation) =>
        OpenAsync(settings, time, new(), cancellation);

    internal static async Task<RedisStore> OpenAsync(RedisSettings settings, TimeProvider time, RedisProbe probe, CancellationToken cancellation)
    {
        var connection = await RedisConnection.OpenAsync(settings);
        try
        {
            var caller = new Caller(connection, settings, probe, time);
            var nodes = await ServerFacts.ReadAsync(connection, settings);
            foreach (var (node, one) in nodes)
                one.Refuse(settings, node);
            var facts = ServerFacts.Weakest(nodes.Select(node => node.Facts));
            caller.LossAccepted = facts.LossAccepted;
            caller.MayBeTakenOver = facts.MayBeTakenOver;
            var partitions = await Partitions.OpenAsync(connection, caller, settings, probe, time, facts.IsCluster, cancellation);
            var store = new RedisStore(settings, probe, time, connection, caller, partitions, facts);
            connection.Switched = () => store._changes.SubscribeAsync(connection.Subscriber, partitions);
            // Its connection may be a moment younger than the others. A hint that comes twice does no harm.
            await caller.ReadAsync(
                async _ =>
                {
                    await store._changes.SubscribeAsync(connection.Subscriber, partitions);
                    return true;
                },
                cancellation);
            return store;
        }
        catch (RedisException exception)
        {
            await connection.DisposeAsync();
            throw new StoreUnavailableException($"The Redis server at {connection.Location} cannot be used: {exception.Message}", exception);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async Task<SubmitOutcome> SubmitAsync(RunSubmission submission, CancellationToken cancellation)
    {
        _caller.RefuseWhenClosed();
        var steps = new StepBatch(submission.Steps);
        var partition = PartitionOf(submission.Id);
        // The same run again is the same run, whatever else is wrong with it; and it is there already when memory is short.
        if (((Exception?)Wrong(submission, steps) ?? await _memory.ShortAsync(SizeOf(submission))) is { } refusal)
        {
            var stored = await FingerprintAsync(partition, submission.Id, cancellation);
            return stored is null ? throw refusal : stored == submission.Fingerprint ? SubmitOutcome.Existing : throw OtherRun(submission.Id);
        }

        cancellation.ThrowIfCancellationRequested();
        var elsewhere = submission.TenantMaxQueued is null ? 0 : await RunsElsewhereAsync(submission.Tenant, partition, cancellation);
        var answer = (await _submissions[partition.Index].AddAsync(SubmitArguments.Of(submission, steps, submission.TenantMaxQueued - elsewhere), steps.Count + SizeOf(submission) / LargeSubmission)).Split('\0');
        return answer[0] switch
        {
            "created" => SubmitOutcome.Created,
            "existing" => SubmitOutcome.Existing,
            "conflict" => throw OtherRun(submission.Id),
            "tenant" => throw Refusals.TooManyRuns(submission, long.Parse(answer[1], CultureInfo.InvariantCulture) + elsewhere),
            _ => throw Refusals.TooManySteps(submission, long.Parse(answer[1], CultureInfo.InvariantCulture), _settings.MaxQueued ?? 0),
        };
    }

    public async Task<bool> CancelAsync(string runId, CancellationToken cancellation)
    {
        var reply = await _caller.CallAsync(_db, Script.Cancel, PartitionOf(runId), [runId], new Arguments().Add(Guid.NewGuid().ToByteArray()), cancellation);
        return (string?)reply[0] switch
        {
            "cancelling" => true,
            "ended" => false,
            _ => throw NoRun(runId),
        };
    }

    public async Task<int> DeleteRunsAsync(IReadOnlyCollection<string> runIds, CancellationToken cancellation)
    {
        var deleted = 0;
        foreach (var group in runIds.Distinct(StringComparer.Ordinal).GroupBy(PartitionOf))
        {
            foreach (var ids in group.Chunk(_probe.Batch))
            {
                var operation = group.Key.Operation(Guid.NewGuid().ToString("n"));
                var reply = await _caller.CallAsync(_db, Script.Delete, group.Key, ids, new(), cancellation, [.. ids.Select(group.Key.Log), operation]);
                deleted += int.Parse((string)reply[0]!, CultureInfo.InvariantCulture);
            }
        }

        return deleted;
    }

    public Task<IReadOnlyList<ClaimedStep>> ClaimAsync(ClaimRequest request, CancellationToken cancellation) => _claims.ClaimAsync(request, cancellation);

    public async Task<ReportOutcome> CompleteAsync(StepLease lease, StepCompletion completion, CancellationToken cancellation)
    {
        var steps = completion.Expansion is { Steps.IsEmpty: false } expansion ? new StepBatch(expansion.Steps) : null;
        if (steps is null)
            return Outcome(await ReportAsync(lease, ReportArguments.Complete(completion), ReportArguments.Size(completion)), lease, null, completion);
        if (steps.Problem is not null && await IsOwnAsync(lease, cancellation))
            throw steps.Problem;

        var expansionArguments = new Arguments();
        var into = completion.Expansion!.Into == ExpansionTarget.Self ? "self" : "parent";
        if (steps.Count <= _probe.Batch)
        {
            expansionArguments.Add(into).AddSteps(steps, 0, steps.Count);
        }
        else
        {
            var (refusal, first) = await StageAsync(lease, into, steps, cancellation);
            if (refusal is { } outcome)
                return outcome;
            var arrivals = steps.Specs.CountBy(spec => spec.Class.Executor).ToList();
            expansionArguments.Add("staged-" + into).Add(first).Add(steps.Count).Add(arrivals.Count);
            foreach (var (executor, count) in arrivals)
                expansionArguments.Add(executor).Add(count);
        }

        // Something new: unlike other reports refused when memory is short, and so never in one call with them.
        var arguments = ReportArguments.Join([new(lease, _claims.HolderOf(lease), ReportArguments.Complete(completion, expansionArguments), null)], out var runs);
        var reply = await _caller.CallAsync(_db, Script.ReportAndBegin, PartitionOf(lease.RunId), runs, arguments, cancellation);
        var answer = Outcome((string)reply[0]!, lease, steps, completion);
        _claims.Ended(lease);
        return answer;
    }

    public async Task<CompletionReply> CompleteAsync(StepLease lease, StepCompletion completion, FollowUpRequest next, CancellationToken cancellation)
    {
        // What an expansion adds is claimed.
        if (completion.Expansion is null && next.Classes.Count > 0
            && await _claims.FollowUpAsync(
                lease,
                next.Incarnation,
                () => _reports[Partition.Of(lease.RunId, _partitions.Length)]
                    .AddAsync(new(lease, next.Incarnation.ToByteArray(), ReportArguments.Complete(completion), next), ReportArguments.Size(completion))) is { } reply)
        {
            _claims.Ended(lease);
            return new(Outcome(reply.Answer, lease, null, completion), reply.FollowUp);
        }

        return new(await CompleteAsync(lease, completion, cancellation), null);
    }

    public async Task<ReportOutcome> FailAsync(StepLease lease, StepFailure failure, CancellationToken cancellation) =>
        Outcome(await ReportAsync(lease, ReportArguments.Fail(failure), failure.Reason.Length), lease);

    public async Task<ReportOutcome> ParkAsync(StepLease lease, DateTimeOffset until, string reason, CancellationToken cancellation) =>
        Outcome(await ReportAsync(lease, ReportArguments.Park(until, reason), reason.Length), lease);

    public async Task<ReportOutcome> ReleaseAsync(StepLease lease, CancellationToken cancellation) =>
        Outcome(await ReportAsync(lease, ReportArguments.Release(), 0), lease);

    public Task WakeAsync(string runId, int stepIndex, CancellationToken cancellation) =>
        _caller.CallAsync(_db, Script.Wake, PartitionOf(runId), [runId], new Arguments().Add(stepIndex), cancellation);

    public Task SettleAsync(CancellationToken cancellation) => _continuation.SettleAsync(cancellation);

    public Task<long> WaitForChangeAsync(long seen, TimeSpan atMost, CancellationToken cancellation) => _changes.WaitAsync(seen, atMost, cancellation);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        await _continuation.DisposeAsync();
        foreach (var reports in _reports)
            await reports.DisposeAsync();
        foreach (var submissions in _submissions)
            await submissions.DisposeAsync();
        _caller.IsClosed = true;
        _memory.Dispose();
        await _connection.DisposeAsync();
    }

    private static long SizeOf(RunSubmission submission)
    {
        // What a step takes besides its input: its fields, and its places in lists.
        const long Step = 600;
        return submission.Snapshot.Length + submission.Input.Length + submission.Steps.Sum(step => Step + step.Input.Length);
    }

    private static ConflictException OtherRun(string id) =>
        new($"Run '{id}' exists already with another backlog or other settings. Choose another --id, or look at it: ripieno show {id}");

    private static NotFoundException NoRun(string id) => new($"There is no run '{id}' in this store.");

    private static InvalidInputException? Wrong(RunSubmission submission, StepBatch steps)
    {
        if (steps.Count > submission.MaxSteps)
            return Invalid($"run '{submission.Id}'", $"{steps.Count} steps", $"at most {submission.MaxSteps} (maxSteps)");
        if (steps.Count > ContentLimits.FirstSteps)
            return Invalid($"run '{submission.Id}'", $"{steps.Count} steps to begin with", $"at most {ContentLimits.FirstSteps}; let a step add the others");
        foreach (var (name, value) in new[] { ("weight", submission.Weight), ("tenant weight", submission.TenantWeight), ("maximum of deaths alone", submission.MaxDeathsAlone) })
        {
            if (value < 1)
                return Invalid($"{name} of run '{submission.Id}'", $"{value}", "1 or more");
        }

        return steps.Problem ?? (steps.Outside.Count > 0 ? steps.Unknown(steps.Outside[0]) : null);
    }

    private static InvalidInputException Invalid(string place, string found, string expected) => new(new Problem(null, null, place, found, expected));

    private async Task<IReadOnlyList<string>> SubmitAsync(Partition partition, IReadOnlyList<SubmitArguments> submissions)
    {
        var reply = await _caller.CallAsync(
            _db, Script.Submit, partition, [.. submissions.Select(one => one.RunId)],
            SubmitArguments.Join(submissions, _settings.MaxQueued is { } most ? Math.Max(1, most / _partitions.Length) : null), CancellationToken.None);
        return Array.ConvertAll(reply, answer => (string)answer!);
    }

    private async Task<IReadOnlyList<ReportAnswer>> ReportAsync(Partition partition, IReadOnlyList<LeaseReport> reports)
    {
        if (reports.Any(report => report.Next is not null))
        {
            try
            {
                return await SendAsync(Script.ReportAndBegin);
            }
            catch (StoreUnavailableException exception) when (Caller.IsOutOfMemory(exception))
            {
                // What is done is recorded all the same, and nothing more begins.
            }
        }

        return await SendAsync(Script.Report);

        async Task<IReadOnlyList<ReportAnswer>> SendAsync(Script script)
        {
            var arguments = ReportArguments.Join(reports, out var runs, begins: script == Script.ReportAndBegin);
            var reply = await _caller.CallAsync(_db, script, partition, runs, arguments, CancellationToken.None);
            var answers = new ReportAnswer[reports.Count];
            for (var i = 0; i < answers.Length; i++)
                answers[i] = new((string)reply[i]!, null);
            var at = answers.Length;
            if (reply.Length == at)
                return answers;
            try
            {
                foreach (var (place, claim) in HandedOut.Read(reply, ref at, place => (reports[place - 1].Lease.RunId, reports[place - 1].Next!.Classes)))
                    answers[place - 1] = answers[place - 1] with { FollowUp = claim };
            }
            catch (StoreDamagedException)
            {
                // The reports are recorded all the same. What was handed out is found by the heartbeats, and a claim says what is wrong with it.
            }

            return answers;
        }
    }

    private async Task<string> ReportAsync(StepLease lease, ReportArguments report, long bytes)
    {
        var answer = await _reports[Partition.Of(lease.RunId, _partitions.Length)].AddAsync(new(lease, _claims.HolderOf(lease), report, null), bytes);
        _claims.Ended(lease);
        return answer.Text;
    }

    /// <summary>
    /// Runs of a tenant that have not ended, in the other partitions. Read a moment before the submission, because a script sees one partition only: on a Cluster those who submit at this very moment may together
    /// exceed the quota by as many as they are.
    /// </summary>
    private async Task<long> RunsElsewhereAsync(string tenant, Partition partition, CancellationToken cancellation)
    {
        if (_partitions.Length == 1)
            return 0;
        var counts = await _caller.ReadAsync(
            db => Task.WhenAll(_partitions.Where(other => other != partition).Select(other => db.HashGetAsync(other["tenants"], tenant, CommandFlags.DemandMaster))), cancellation);
        return counts.Sum(count => (long?)count ?? 0);
    }

    private async Task<ContentHash?> FingerprintAsync(Partition partition, string runId, CancellationToken cancellation)
    {
        var stored = await ReadAsync(runId, (db, _) => db.HashGetAsync(partition.Run(runId), "fingerprint", CommandFlags.DemandMaster), cancellation);
        return stored.IsNull ? null : ContentHash.FromBytes((byte[])stored!);
    }

    /// <summary>Writes a wide expansion ahead.</summary>
    /// <returns>What to answer to the report at once, or the index of the first step.</returns>
    private async Task<(ReportOutcome? Answer, int First)> StageAsync(StepLease lease, string into, StepBatch steps, CancellationToken cancellation)
    {
        var first = RedisValue.EmptyString;
        for (var offset = 0; offset < steps.Count; offset += _probe.Batch)
        {
            var arguments = new Arguments().Add(lease.StepIndex).Add(lease.Epoch).Add(_claims.HolderOf(lease)).Add(into).Add(first).Add(steps.Count).Add(offset)
                .AddSteps(steps, offset, Math.Min(_probe.Batch, steps.Count - offset));
            var reply = await _caller.CallAsync(_db, Script.Stage, PartitionOf(lease.RunId), [lease.RunId], arguments, cancellation);
            if ((string?)reply[0] != "staged")
                return (Outcome((string)reply[0]!, lease, steps), 0);
            first = (RedisValue)reply[1];
        }

        return (null, (int)first);
    }

    /// <summary>A stale report is told that it is stale, whatever is wrong with what it brings.</summary>
    private async Task<bool> IsOwnAsync(StepLease lease, CancellationToken cancellation)
    {
        var fields = await _caller.ReadAsync(
            db => db.HashGetAsync(PartitionOf(lease.RunId).Run(lease.RunId), [RunFields.Changing, RunFields.State(lease.StepIndex)], CommandFlags.DemandMaster), cancellation);
        return !fields[0].IsNull && RunValue.Decode(fields[0]).StepOrNull(lease.StepIndex, fields[1])?.State is { } step && step.Epoch == lease.Epoch && StepMoves.CanReport(step);
    }

    private static ReportOutcome Outcome(string answer, StepLease lease, StepBatch? steps = null, StepCompletion? completion = null)
    {
        var parts = answer.Split('\0');
        return parts[0] switch
        {
            "0" => ReportOutcome.Recorded,
            "1" => ReportOutcome.LeaseLost,
            "2" => ReportOutcome.Discarded,
            "group" => throw new ConflictException($"Step {lease.StepIndex} of run '{lease.RunId}' is in no open group that could take the steps that it adds."),
            "accepts" => throw new ConflictException($"Step {lease.StepIndex} of run '{lease.RunId}' accepts '{completion?.Accepts}', which is not of its group."),
            "twice" => throw StepBatch.Twice(parts[1]),
            "unknown" => throw steps!.Unknown(parts[1]),
            "waits" => throw steps!.WaitsForGroup(parts[1], parts[2]),
            "many" => throw StepBatch.TooMany(lease.RunId, int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture)),
            _ => throw new InvalidOperationException($"A script answered '{answer}'."),
        };
    }

    private async Task<bool> OthersCommittedAsync()
    {
        var changed = false;
        foreach (var partition in _partitions)
        {
            changed |= await ReadQuietlyAsync(partition) is [{ IsNull: false } commits, var term]
                && partition.Notices(new((long)commits, _caller.MayBeTakenOver ? term.ToString() : ""), _time);
        }

        return changed;
    }

    private async Task<RedisValue[]> ReadQuietlyAsync(Partition partition)
    {
        try
        {
            return await _db.Db.HashGetAsync(partition["store"], ["commits", "term"], CommandFlags.DemandMaster);
        }
        catch (Exception exception) when (exception is RedisException or RedisCommandException or TimeoutException)
        {
            // Only a hint was looked for; whoever works with the store hears of it.
            return [];
        }
    }

    /// <summary>Does one batch of something wide, of any partition.</summary>
    /// <returns>False when there is none left.</returns>
    private async Task<bool> AdvanceAsync(CancellationToken cancellation)
    {
        foreach (var partition in _partitions)
        {
            var first = await _caller.ReadAsync([partition], db => db.SortedSetRangeByRankAsync(partition["unfinished"], 0, 0, flags: CommandFlags.DemandMaster), cancellation);
            if (first.Length == 0)
                continue;
            await _caller.CallAsync(_db, Script.Advance, partition, [(string)first[0]!], new(), cancellation);
            return true;
        }

        return false;
    }
}
