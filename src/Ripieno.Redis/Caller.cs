using System.Diagnostics;
using System.Globalization;
using Ripieno.Diagnostics;
using Ripieno.Errors;
using Ripieno.Redis.Values;
using Ripieno.Storage.Moving;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>
/// Calls scripts, and repeats calls whose outcome is unknown: every script knows a repeat when it sees one. What was certainly not executed (nothing was sent, the server said so) is repeated too, until
/// patience ends.
/// </summary>
internal sealed class Caller(RedisConnection connection, RedisSettings settings, RedisProbe probe, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);

    /// <summary>While there is no connection a repeat costs nothing but this process's time, and when there is one again nobody should wait for long.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    /// <summary>How long one question for a replica waits for it.</summary>
    private static readonly TimeSpan ReplicaPause = TimeSpan.FromSeconds(1);

    private long _lostCommits;

    /// <summary>Told of each commit of this process.</summary>
    public Action Committed { get; set; } = () => { };

    /// <summary>Told when a commit, or an answer, says that something wide is under way.</summary>
    public Action Unfinished { get; set; } = () => { };

    /// <summary>The store keeps what it has acknowledged through a kill of the server; if not, it may come back a little younger.</summary>
    public TimeSpan LossAccepted { get; set; }

    /// <summary>Another server may take over from this one, without what it had not been sent yet.</summary>
    public bool MayBeTakenOver { get; set; }

    /// <summary>Set when the store is closed: from then on nothing is called.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Calls a script that begins with <c>session.lua</c>.</summary>
    /// <returns>What the script itself answers, after the part that all have in common.</returns>
    public async Task<RedisResult[]> CallAsync(
        Line line, Script script, Partition partition, IReadOnlyList<string> runIds, Arguments arguments, CancellationToken cancellation, params RedisKey[] further)
    {
        var keys = Keys(script, partition, runIds, further);
        var values = new RedisValue[5 + runIds.Count + arguments.Count];
        for (var i = 0; i < runIds.Count; i++)
            values[5 + i] = runIds[i];
        arguments.CopyTo(values, 5 + runIds.Count);
        // Repeats included, and ended before whoever asked is told.
        using var activity = RipienoActivity.Source.StartActivity("store.commit");
        activity?.SetTag("ripieno.script", script.Name);
        connection.Glance();
        var seen = partition.Seen;
        var reply = await RepeatAsync(
            script.Name,
            async () =>
            {
                values[0] = partition.Identity;
                seen = partition.Seen;
                var used = connection.Current;
                values[1] = MayBeTakenOver ? $"{seen.Commits} {seen.Term}" : seen.Commits;
                values[2] = probe.OwnClock ? time.GetUtcNow().ToUnixTimeMilliseconds() : RedisValue.EmptyString;
                values[3] = probe.Batch;
                values[4] = runIds.Count;
                var reply = (RedisResult[])(await SendAsync(line.Db, script, keys, values))!;
                var isBehind = (string?)reply[0] == "behind";
                // A former master that is back is behind too, and nobody's any more.
                if (isBehind && await connection.FollowAsync(used, surely: true))
                    return (false, reply);
                if (isBehind && WindBack(partition, seen, Number(reply[1]), CommitMark.Parse((string)reply[4]!), TimeSpan.FromMilliseconds(Number(reply[3]) - Number(reply[2]))))
                    return (false, reply);
                if (settings.Acknowledge == Acknowledgement.Replica && (string?)reply[0] == "ok")
                    await ReplicateAsync(partition, CommitMark.Parse((string)reply[1]!).Commits);
                return (true, reply);
            },
            cancellation);
        switch ((string?)reply[0])
        {
            case "ok":
                var found = CommitMark.Parse((string)reply[1]!);
                var isNew = found.Commits > partition.Seen.Commits;
                partition.Saw(found, seen.Term, time);
                if ((string?)reply[2] == "1")
                    Unfinished();
                if (isNew)
                    Committed();
                return reply[3..];
            case "identity":
                throw OtherStore((string?)reply[1]);
            case "schema":
                throw WrongSchema(connection.Location, (string?)reply[1] ?? "");
            case "closed":
                throw StoreClosing.Refusal(connection.Location, ClosingValue.Decode((RedisValue)reply[1]).Target);
            default:
                throw OlderCopy(partition, (string?)reply[1]);
        }
    }

    /// <summary>Calls a script without that beginning.</summary>
    public async Task<RedisResult[]> CallBareAsync(Line line, Script script, Partition partition, RedisValue[] values, CancellationToken cancellation)
    {
        var keys = Keys(script, partition, [], []);
        return await RepeatAsync(script.Name, async () => (true, (RedisResult[])(await SendAsync(line.Db, script, keys, values))!), cancellation);
    }

    /// <summary>Reads, which may always be repeated.</summary>
    public Task<T> ReadAsync<T>(Func<IDatabase, Task<T>> read, CancellationToken cancellation) =>
        RepeatAsync("read", async () => (true, await read(connection.Work.Db)), cancellation, isRead: true);

    /// <summary>
    /// Reads from partitions, and makes sure that what was read is this store, as new as this process has seen it: afterwards, because it may be emptied or put back at any moment, and then
    /// "there is no such run" would be said of another store.
    /// </summary>
    public Task<T> ReadAsync<T>(IReadOnlyList<Partition> partitions, Func<IDatabase, Task<T>> read, CancellationToken cancellation) => ReadAsync(
        async db =>
        {
            var used = connection.Current;
            var seen = partitions.Select(partition => partition.Seen).ToArray();
            var answer = await read(db);
            var stores = await Task.WhenAll(partitions.Select(
                partition => db.HashGetAsync(partition["store"], ["identity", "schema", "commits", "at", "term"], CommandFlags.DemandMaster)));
            for (var i = 0; i < stores.Length; i++)
            {
                if (stores[i][0] != partitions[i].Identity)
                    throw OtherStore(stores[i][0]);
                if (stores[i][1] != RedisStore.SchemaVersion)
                    throw WrongSchema(connection.Location, stores[i][1].ToString());
                var found = new CommitMark((long)stores[i][2], MayBeTakenOver ? stores[i][4].ToString() : "");
                var (left, at) = (found.Commits, (long)stores[i][3]);
                // Only of a later term: one in which nothing was committed yet is not written down, and the one before it stands there still.
                if (seen[i].Term.Length > 0 && found.Since > seen[i].Since && found.Since < left)
                    (left, at) = (found.Since, found.SinceAt);
                if (left < seen[i].Commits && await connection.FollowAsync(used, surely: true))
                    throw new FormerMasterException();
                if (left < seen[i].Commits && !WindBack(partitions[i], seen[i], left, found, TimeSpan.FromMilliseconds(await NowAsync(db) - at)))
                    throw OlderCopy(partitions[i], stores[i][2]);
            }

            return answer;
        },
        cancellation);

    public static StoreUnavailableException WrongSchema(string location, string found)
    {
        var isNewer = !int.TryParse(found, CultureInfo.InvariantCulture, out var version) || version > RedisStore.SchemaVersion;
        return new(
            $"The store at {location} has schema version {found}; this Ripieno knows {RedisStore.SchemaVersion}. {(isNewer ? "Use the newer Ripieno that wrote it." : "Finish its runs with the older Ripieno, or name another keyPrefix.")}");
    }

    public void RefuseWhenClosed()
    {
        if (IsClosed)
            throw new StoreUnavailableException("The store is closed.");
    }

    private static RedisKey[] Keys(Script script, Partition partition, IReadOnlyList<string> runIds, RedisKey[] further)
    {
        var keys = new RedisKey[script.PartitionKeys.Length + runIds.Count * 2 + further.Length];
        var at = 0;
        foreach (var name in script.PartitionKeys)
            keys[at++] = partition[name];
        foreach (var id in runIds)
        {
            keys[at++] = partition.Run(id);
            keys[at++] = partition.Ready(id);
        }

        further.CopyTo(keys, at);
        return keys;
    }

    private async Task<RedisResult> SendAsync(IDatabase db, Script script, RedisKey[] keys, RedisValue[] values)
    {
        if (probe.BeforeScript is { } before)
            await before(script.Name, script != Script.Open);
        try
        {
            return await db.ScriptEvaluateAsync(script.Hash, keys, values, CommandFlags.DemandMaster);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // Not executed: the server has forgotten it, or is another one than before.
            return await db.ScriptEvaluateAsync(script.Text, keys, values, CommandFlags.DemandMaster);
        }
    }

    /// <summary>Returns once a replica has the commit.</summary>
    /// <exception cref="NotReplicatedException">None has, for now.</exception>
    private async Task ReplicateAsync(Partition partition, long commits)
    {
        if (partition.Safe >= commits)
            return;
        await partition.Replicating.WaitAsync();
        try
        {
            if (partition.Safe >= commits)
                return;
            var term = partition.Seen.Term;
            var safe = await connection.ReplicatedAsync(partition, ReplicaPause);
            partition.IsSafe(safe, term);
            if (safe < commits)
                throw new NotReplicatedException(null);
        }
        catch (Exception exception) when (exception is RedisServerException or InvalidOperationException)
        {
            // It is a replica itself by now, it is gone (the client then knows nobody to ask), or the partition has moved: whoever is the master is asked again for everything.
            throw new NotReplicatedException(exception);
        }
        finally
        {
            partition.Replicating.Release();
        }
    }

    /// <summary>Repeats until there is an answer, or patience ends.</summary>
    /// <param name="name">Of what is done, for messages.</param>
    /// <param name="attempt">One attempt; not done = do it again at once.</param>
    /// <param name="cancellation">Ends the waiting between attempts; what was sent is waited for.</param>
    /// <param name="isRead">An unknown outcome does not matter.</param>
    private async Task<T> RepeatAsync<T>(string name, Func<Task<(bool IsDone, T Answer)>> attempt, CancellationToken cancellation, bool isRead = false)
    {
        var started = Stopwatch.GetTimestamp();
        var pause = FirstPause;
        var isUnknown = false;
        while (true)
        {
            RefuseWhenClosed();
            Exception failure;
            try
            {
                var (isDone, answer) = await attempt();
                if (isDone)
                    return answer;
                continue;
            }
            catch (NotReplicatedException exception)
            {
                (failure, isUnknown) = (exception, true);
            }
            catch (RedisTimeoutException exception)
            {
                (failure, isUnknown) = (exception, isUnknown | IsMaybeExecuted(exception.Commandstatus));
            }
            catch (RedisConnectionException exception)
            {
                (failure, isUnknown) = (exception, isUnknown | IsMaybeExecuted(exception.CommandStatus));
            }
            catch (FormerMasterException exception)
            {
                failure = exception;
            }
            catch (RedisCommandException exception)
            {
                // Not even sent: of the servers that the client knows of none is the master just now.
                failure = exception;
            }
            catch (RedisServerException exception)
            {
                if (!MayPass(exception.Message))
                {
                    throw isUnknown && !isRead
                        ? new OutcomeUnknownException($"The Redis server at {connection.Location} did not say whether it has done '{name}', and refuses the repeat: {exception.Message}", exception)
                        : Refused(name, exception);
                }

                failure = exception;
            }
            catch (ObjectDisposedException exception)
            {
                throw new StoreUnavailableException("The store is closed.", exception);
            }

            if (Stopwatch.GetElapsedTime(started) + pause >= settings.Patience || cancellation.IsCancellationRequested)
            {
                throw isUnknown && !isRead
                    ? new OutcomeUnknownException($"The Redis server at {connection.Location} did not say whether it has done '{name}': {Plain(failure)}.{Advice}", failure)
                    : new StoreUnavailableException($"The Redis server at {connection.Location} does not answer: {Plain(failure)}.{Advice}", failure);
            }

            await connection.FollowAsync(connection.Current, surely: false);
            await Task.Delay(pause, TimeProvider.System, CancellationToken.None);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private StoreUnavailableException OtherStore(string? identity) => new(string.IsNullOrEmpty(identity)
        ? $"The Redis store at {connection.Location} was emptied since this process opened it; everything that was in it is gone. Restore the server's data, or restart Ripieno to begin with an empty store."
        : $"The Redis store at {connection.Location} was replaced by another one since this process opened it. Restart Ripieno to go on with the one that is there now.");

    private StoreUnavailableException OlderCopy(Partition partition, string? commits) => new(
        $"The Redis store at {connection.Location} was put back to an older copy: it is at commit {commits}, and this process has seen commit {partition.Seen.Commits}. Restore the newer data, or restart Ripieno to go on with the older copy.");

    /// <summary>After a kill of a server that flushes every second, or after a takeover, the last commits may be gone. That much is accepted, and said; more is an older copy.</summary>
    /// <param name="partition">Where.</param>
    /// <param name="expected">The commit that the call knew of.</param>
    /// <param name="left">The last commit that is there of those.</param>
    /// <param name="found">The one that the server is at.</param>
    /// <param name="age">How long ago <paramref name="left"/> was, by the server's clock.</param>
    private bool WindBack(Partition partition, CommitMark expected, long left, CommitMark found, TimeSpan age)
    {
        if (LossAccepted == TimeSpan.Zero || partition.WindBack(expected, left, found, age, LossAccepted, time) is not { } lost)
            return false;
        if (lost > 0)
        {
            Interlocked.Add(ref _lostCommits, lost);
            settings.Warned(
                $"The Redis server at {connection.Location} has lost its last {lost} commits, which it had acknowledged: what they did is undone. Look whether the newest runs are there, and repeat what is missing (submit, cancel, retry). "
                + (MayBeTakenOver
                    ? "A replica has taken over before it had been sent them. With \"acknowledge\": \"replica\" nothing is acknowledged before that."
                    : "With 'appendfsync always' it loses none."));
        }

        return true;
    }

    /// <summary>The store's clock, in milliseconds.</summary>
    public async Task<long> NowAsync(IDatabase db) => probe.OwnClock
        ? time.GetUtcNow().ToUnixTimeMilliseconds()
        : (RedisResult[])(await db.ExecuteAsync("TIME", [], CommandFlags.DemandMaster))! is [var seconds, var micros] ? (long)seconds * 1000 + (long)micros / 1000 : 0;

    private static long Number(RedisResult result) => long.Parse((string)result!, CultureInfo.InvariantCulture);

    /// <summary>Acknowledged commits that the server was seen to have lost.</summary>
    public long LostCommits => Interlocked.Read(ref _lostCommits);

    /// <summary>True when the server has refused it because its memory is full.</summary>
    public static bool IsOutOfMemory(StoreUnavailableException exception) => exception.InnerException is RedisServerException { Message: var message } && IsOutOfMemory(message);

    private static bool IsOutOfMemory(string message) => message.StartsWith("OOM", StringComparison.Ordinal);

    private static bool IsMaybeExecuted(CommandStatus status) => status is not (CommandStatus.WaitingToBeSent or CommandStatus.WaitingInBacklog);

    /// <summary>The server did not execute it, and may well do so in a moment.</summary>
    private static bool MayPass(string message) =>
        message.StartsWith("NOSCRIPT", StringComparison.Ordinal) || message.StartsWith("TRYAGAIN", StringComparison.Ordinal) || message.StartsWith("MOVED", StringComparison.Ordinal) || message.StartsWith("ASK", StringComparison.Ordinal)
        || message.StartsWith("CLUSTERDOWN", StringComparison.Ordinal) || message.StartsWith("LOADING", StringComparison.Ordinal) || message.StartsWith("BUSY", StringComparison.Ordinal)
        || message.StartsWith("MASTERDOWN", StringComparison.Ordinal) || message.StartsWith("READONLY", StringComparison.Ordinal)
        // Fewer replicas than the server is told to have (min-replicas-to-write): others come.
        || message.StartsWith("NOREPLICAS", StringComparison.Ordinal);

    private Exception Refused(string name, RedisServerException exception)
    {
        if (IsOutOfMemory(exception.Message))
            return new StoreUnavailableException($"The Redis server at {connection.Location} is out of memory (maxmemory): nothing new is accepted. Delete ended runs (ripieno prune), or raise maxmemory.", exception);
        if (exception.Message.StartsWith("EXECABORT", StringComparison.Ordinal))
            return new StoreUnavailableException($"The Redis server at {connection.Location} is out of memory (maxmemory), and cannot be asked for several things at once. Delete ended runs (ripieno prune), or raise maxmemory.", exception);
        if (exception.Message.StartsWith("MISCONF", StringComparison.Ordinal))
            return new StoreUnavailableException($"The Redis server at {connection.Location} cannot write to its disk, and refuses writes: {exception.Message}", exception);
        if (exception.Message.Contains("RIPIENO-CLASSES", StringComparison.Ordinal))
        {
            return new ConflictException(
                $"The store at {connection.Location} has had 65,535 kinds of steps (an agent, its queue, the instance that a run is pinned to), and can tell no more apart. Go on in a fresh one: ripieno store copy; "
                + "with runs pinned to instances, give these names that stay (INSTANCE_ID).");
        }

        if (exception.Message.StartsWith("NO", StringComparison.Ordinal))
            return new StoreUnavailableException($"The Redis server at {connection.Location} does not allow '{name}': {exception.Message}", exception);
        return new InvalidOperationException($"Script '{name}' failed: {exception.Message}", exception);
    }

    /// <summary>The master has done it, and says of no replica that it has it.</summary>
    private sealed class NotReplicatedException(Exception? inner) : Exception("no replica has it ('acknowledge': 'replica')", inner);

    /// <summary>What was read was read from a server that is the master no more.</summary>
    private sealed class FormerMasterException() : Exception("another server is the master by now");

    /// <summary>In plain words: the client's own are about its insides.</summary>
    private string Plain(Exception exception) => exception switch
    {
        RedisTimeoutException => "nothing came in time",
        RedisConnectionException { FailureType: ConnectionFailureType.UnableToConnect or ConnectionFailureType.UnableToResolvePhysicalConnection } => "no connection can be made",
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => settings.Tls
            ? "no encrypted connection can be made, or it refuses the credentials (the nodes of a Cluster tell of their encrypted ports only with 'tls-cluster yes')"
            : "it refuses the credentials",
        RedisConnectionException { FailureType: ConnectionFailureType.SocketClosed or ConnectionFailureType.SocketFailure or ConnectionFailureType.ConnectionDisposed } => "the connection was cut",
        RedisConnectionException => "there is no connection",
        RedisCommandException => "no master is known",
        _ => exception.Message.Split(", ")[0].Split(" (")[0],
    };

    /// <summary>For whoever has to find out why.</summary>
    private const string Advice = " Is the server running, and can this machine reach it (redis-cli -h HOST -p PORT ping)?";
}
