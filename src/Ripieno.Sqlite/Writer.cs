using Microsoft.Data.Sqlite;
using Ripieno.Diagnostics;
using Ripieno.Errors;
using Ripieno.Sqlite.Operations;

namespace Ripieno.Sqlite;

/// <summary>
/// The one thread of this process that writes. What was asked for while it committed goes into the next commit together, so that one
/// flush to disk is shared by all who wait.
/// </summary>
internal sealed class Writer : IDisposable
{
    /// <summary>Bounds a commit, and with it the wait of whoever comes next: 256 steps are about 15 ms.</summary>
    private const int GroupSize = 256;

    /// <summary>How long an operation waits for other processes on the file. Far above any commit: only a stuck process reaches it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly int _batch;
    private readonly Action<bool> _committed;
    private readonly byte[] _incarnation = Guid.NewGuid().ToByteArray();
    // One lock for a group instead of one for each request, and no spinning: with few cores that takes time from those who are waited for.
    private readonly Queue<Request> _requests = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Thread _thread;
    private readonly RunRows _runs = new();
    private Connection _connection;
    private long _commits;
    private bool _lost;
    private bool _closed;

    /// <param name="path">The file, for opening it again.</param>
    /// <param name="connection">To it.</param>
    /// <param name="time">Clock of what is written.</param>
    /// <param name="batch">As <see cref="Session.Batch"/>.</param>
    /// <param name="committed">Called after each commit; true = something wide is under way and must be gone on with.</param>
    public Writer(string path, Connection connection, TimeProvider time, int batch, Action<bool> committed)
    {
        _path = path;
        _connection = connection;
        _time = time;
        _batch = batch;
        _committed = committed;
        _thread = new Thread(Work) { IsBackground = true, Name = "ripieno sqlite writer" };
        _thread.Start();
    }

    /// <summary>
    /// True when another process is registered on the file. SQLite's lock is not fair: a writer that commits back to back starves the others
    /// for seconds, so it must leave a gap.
    /// </summary>
    public bool Sharing { get; set; }

    /// <summary>
    /// Executes <paramref name="operation"/> in a transaction, alone or with others, and completes after the commit is durable. It may be
    /// executed again after a rollback, so it must change nothing but the database, and it throws a <see cref="RipienoException"/> only before its
    /// first write.
    /// </summary>
    public Task<T> WriteAsync<T>(Func<Session, T> operation, CancellationToken cancellation) => WriteEvenClosedAsync(
        session => session.ClosedFor is { } target ? throw Storage.Moving.StoreClosing.Refusal(_path, target) : operation(session), cancellation);

    /// <summary>The same, also in a store that was closed because its runs go on in another one.</summary>
    public Task<T> WriteEvenClosedAsync<T>(Func<Session, T> operation, CancellationToken cancellation)
    {
        var request = new Request<T>(operation, cancellation);
        lock (_requests)
        {
            if (_closed)
                throw new StoreUnavailableException($"The store {_path} is closed.");
            _requests.Enqueue(request);
            if (_requests.Count == 1)
                Monitor.Pulse(_requests);
        }

        return request.Task;
    }

    public void Dispose()
    {
        lock (_requests)
        {
            _closed = true;
            Monitor.Pulse(_requests);
        }

        _stopping.Cancel();
        _thread.Join();
        _connection.Dispose();
        _stopping.Dispose();
    }

    private void Work()
    {
        var group = new List<Request>(GroupSize);
        while (Take(group))
        {
            group.RemoveAll(request => request.WasCancelled());
            if (group.Count > 0)
                Commit(group);
            if (Sharing)
                _stopping.Token.WaitHandle.WaitOne(1);
        }
    }

    /// <summary>Waits for requests and takes a group of them; false when there will be none any more.</summary>
    private bool Take(List<Request> group)
    {
        group.Clear();
        lock (_requests)
        {
            while (_requests.Count == 0 && !_closed)
                Monitor.Wait(_requests);
            while (group.Count < GroupSize && _requests.TryDequeue(out var next))
                group.Add(next);
        }

        return group.Count > 0;
    }

    private void Commit(List<Request> group)
    {
        using var activity = RipienoActivity.Source.StartActivity("store.commit");
        activity?.SetTag("ripieno.operations", group.Count);
        var step = "begin";
        var done = new List<Request>(group.Count);
        var session = new Session(_connection, _runs, _time.GetUtcNow().ToUnixTimeMilliseconds(), _batch);
        try
        {
            if (_lost)
                Reopen();
            Begin();
            step = "write";
            _runs.Begin(_connection);
            var before = _connection.TotalChanges;
            session = new Session(_connection, _runs, _time.GetUtcNow().ToUnixTimeMilliseconds(), _batch);
            foreach (var request in group)
            {
                if (request.Execute(session))
                    done.Add(request);
            }

            session.Flush();
            if (_connection.TotalChanges == before)
            {
                // Nothing was written (an empty claim): no flush, and no one is woken for it.
                _connection.Commit();
                done.ForEach(request => request.Succeed());
                return;
            }

            _connection.Execute(
                "INSERT INTO writer(incarnation, commits, seen) VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET commits = ?2, seen = ?3",
                _incarnation, _commits + 1, session.Now);
            step = "commit";
            _connection.Commit();
            _commits++;
        }
        catch (Exception exception) when (step != "commit")
        {
            Rollback();
            // One of them could not be written: each alone, so that only the guilty one fails. Those that refused have been told already.
            group.RemoveAll(request => request.IsCompleted);
            if (step == "write" && group.Count > 1)
                group.ForEach(request => Commit([request]));
            else
                group.ForEach(request => request.Fail(SqliteErrors.Unavailable(_path, exception)));
            return;
        }
        catch (SqliteException exception)
        {
            if (!Happened(exception, done))
                return;
        }

        _committed(session.IsUnfinished);
        done.ForEach(request => request.Succeed());
    }

    private void Begin()
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            try
            {
                _connection.Begin();
                return;
            }
            catch (SqliteException exception) when (SqliteErrors.IsBusy(exception) && _time.GetElapsedTime(started) < Patience)
            {
                // Another process is writing; busy_timeout has waited already.
            }
        }
    }

    private void Rollback()
    {
        _runs.Clear();
        if (_lost)
            return;
        _connection.ClassNumbers.Clear();
        try
        {
            _connection.Run("ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself (disk full, I/O error); there is nothing left to undo.
        }
    }

    /// <summary>
    /// A failed COMMIT may have reached the disk or not. The counter that each commit carries tells, once the file is open again.
    /// </summary>
    private bool Happened(SqliteException exception, List<Request> done)
    {
        try
        {
            var before = _commits;
            _lost = true;
            _runs.Clear();
            Reopen();
            if (_commits == before + 1)
                return true;
            if (!SqliteErrors.IsFull(exception))
                Overwrite();
            done.ForEach(request => request.Fail(SqliteErrors.Unavailable(_path, exception)));
        }
        catch (SqliteException again)
        {
            done.ForEach(request => request.Fail(new OutcomeUnknownException(
                $"The store {_path} failed at commit ({exception.Message}) and cannot be used again ({again.Message}). Repeat once the disk is well.", again)));
        }

        return false;
    }

    /// <summary>
    /// What a commit that failed had written still lies behind the end of the log, whole perhaps: whoever opens the file after all others have closed it would find it there
    /// and take it for committed. A small commit of its own takes that place.
    /// </summary>
    private void Overwrite()
    {
        try
        {
            Begin();
            _connection.Execute(
                "INSERT INTO writer(incarnation, commits, seen) VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET seen = ?3",
                _incarnation, _commits, _time.GetUtcNow().ToUnixTimeMilliseconds());
            _connection.Commit();
        }
        catch (SqliteException)
        {
            _lost = true;
            throw;
        }
    }

    /// <summary>The counter is read anew: after an unknown outcome it may be one further than this writer knows.</summary>
    private void Reopen()
    {
        _connection.Dispose();
        _connection = Connection.Open(_path, readOnly: false);
        _commits = _connection.Number("SELECT commits FROM writer WHERE incarnation = ?1", _incarnation);
        _lost = false;
    }

    private abstract class Request
    {
        public abstract bool IsCompleted { get; }

        public abstract bool WasCancelled();

        /// <summary>False when the operation refused, which its caller has been told.</summary>
        public abstract bool Execute(Session session);

        public abstract void Succeed();

        public abstract void Fail(Exception exception);
    }

    private sealed class Request<T>(Func<Session, T> operation, CancellationToken cancellation) : Request
    {
        private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;

        public Task<T> Task => _completion.Task;

        public override bool IsCompleted => _completion.Task.IsCompleted;

        public override bool WasCancelled()
        {
            if (!cancellation.IsCancellationRequested)
                return false;
            _completion.TrySetCanceled(cancellation);
            return true;
        }

        public override bool Execute(Session session)
        {
            try
            {
                _result = operation(session);
                return true;
            }
            catch (RipienoException refused)
            {
                _completion.TrySetException(refused);
                return false;
            }
        }

        public override void Succeed() => _completion.TrySetResult(_result!);

        public override void Fail(Exception exception) => _completion.TrySetException(exception);
    }
}
