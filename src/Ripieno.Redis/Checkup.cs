using System.Collections.Concurrent;
using System.Globalization;
using Ripieno.Errors;
using Ripieno.Redis.Checking;
using Ripieno.Runs;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>
/// Looks at a whole store: does everything that is stored twice agree? Others may go on writing: a run that does not agree with itself is looked at again until it has not changed under the look, and
/// what stays in motion is left alone.
/// </summary>
internal sealed class Checkup(RedisConnection connection, Partition[] partitions, StoreDescription store, long lostCommits)
{
    private const int MostProblems = 100;

    /// <summary>Runs listed at a time.</summary>
    private const int Page = 1000;

    /// <summary>Runs looked at at the same time: enough to keep the server answering, few enough for others to be answered too.</summary>
    private const int Beside = 8;

    private readonly ConcurrentQueue<string> _problems = [];
    private readonly ConcurrentDictionary<RunStatus, long> _runs = [];
    private long _steps;
    private long _moving;

    public async Task<StoreCheck> LookAsync(CancellationToken cancellation)
    {
        var db = connection.Work.Db;
        var pending = 0L;
        foreach (var partition in partitions)
        {
            pending += await db.SortedSetLengthAsync(partition["unfinished"], flags: CommandFlags.DemandMaster);
            var known = await RunsAsync(db, partition, cancellation);
            await GuardAsync($"partition {partition.Index}", async () => Add(await new PartitionRules(db, partition, known).BrokenAsync()));
        }

        var (used, facts) = await FactsAsync(db);
        return new(store, used, new Dictionary<RunStatus, long>(_runs), _steps, pending, facts, [.. _problems.Distinct(StringComparer.Ordinal).Take(MostProblems)]);
    }

    /// <summary>Looks at the runs of a partition, oldest first.</summary>
    /// <returns>Their ids.</returns>
    private async Task<HashSet<string>> RunsAsync(IDatabase db, Partition partition, CancellationToken cancellation)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        var after = double.NegativeInfinity;
        while (true)
        {
            var page = await db.SortedSetRangeByScoreWithScoresAsync(partition["runs"], after, exclude: Exclude.Start, take: Page, flags: CommandFlags.DemandMaster);
            var found = new ConcurrentQueue<string>();
            await Parallel.ForEachAsync(page, new ParallelOptions { MaxDegreeOfParallelism = Beside, CancellationToken = cancellation }, async (entry, _) =>
            {
                var id = entry.Element.ToString();
                await GuardAsync(id, async () =>
                {
                    if (await LookAsync(db, partition, id))
                        found.Enqueue(id);
                });
            });
            known.UnionWith(found);
            if (page.Length < Page)
                return known;
            after = page[^1].Score;
        }
    }

    /// <returns>False when there is no such run (any more).</returns>
    private async Task<bool> LookAsync(IDatabase db, Partition partition, string id)
    {
        if (await RunPicture.ReadAsync(db, partition, id) is not { } run)
            return false;
        _runs.AddOrUpdate(run.Run.Value.Status, 1, (_, count) => count + 1);
        Interlocked.Add(ref _steps, run.Run.Value.Steps);
        if (run.IsStable)
            Add(RunRules.Broken(run));
        else
            Interlocked.Increment(ref _moving);
        var contents = await RunContents.BrokenAsync(db, partition, run);
        // With a run its contents go; then none of them is missing.
        if (contents.Count > 0 && await db.KeyExistsAsync(partition.Run(id), CommandFlags.DemandMaster))
            Add(contents);
        return true;
    }

    private async Task GuardAsync(string what, Func<Task> look)
    {
        try
        {
            await look();
        }
        catch (StoreDamagedException exception)
        {
            _problems.Enqueue($"{what}: {exception.What}");
        }
    }

    private void Add(IEnumerable<string> problems)
    {
        foreach (var problem in problems.Take(MostProblems))
            _problems.Enqueue(problem);
    }

    private async Task<(long Used, Dictionary<string, string> Facts)> FactsAsync(IDatabase db)
    {
        var (used, limit, files) = (0L, 0L, 0L);
        foreach (var server in connection.Masters)
        {
            var info = await ServerFacts.InfoAsync(server);
            used += ServerFacts.Number(info, "used_memory");
            files += ServerFacts.Number(info, "aof_current_size");
            // 0 = as much as the machine has: then there is no sum either.
            limit = ServerFacts.Number(info, "maxmemory") is > 0 and var most && limit >= 0 ? limit + most : -1;
        }

        var facts = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["server"] = store.Engine,
            ["memory"] = Text(used),
            ["memory limit"] = limit <= 0 ? "none" : Text(limit),
            ["memory free"] = limit <= 0 ? "unbounded" : Text(limit - used),
            ["append-only file"] = files == 0 ? "none" : Text(files),
            ["partitions"] = partitions.Length.ToString(CultureInfo.InvariantCulture),
            ["identity"] = (await db.HashGetAsync(partitions[0]["store"], "identity", CommandFlags.DemandMaster)).ToString(),
            ["schema"] = store.SchemaVersion.ToString(CultureInfo.InvariantCulture),
        };
        if (lostCommits > 0)
            facts["lost commits"] = $"{lostCommits} that the server had acknowledged were gone after a restart of it";
        if (await db.HashGetAsync(partitions[0]["store"], "closed", CommandFlags.DemandMaster) is { IsNull: false } mark)
            facts[StoreCheck.Closed] = $"its runs go on in {Values.ClosingValue.Decode(mark).Target}";
        var drafts = (await Task.WhenAll(partitions.Select(partition => db.HashLengthAsync(partition["drafts"], CommandFlags.DemandMaster)))).Sum();
        if (drafts > 0)
            facts[StoreCheck.HalfCopied] = $"{drafts}, seen by nobody; the end of the next copy drops them";
        if (_moving > 0)
            facts["in motion"] = $"{_moving} runs changed too fast to be compared with themselves";
        return (used, facts);
    }

    private static string Text(long bytes) => $"{bytes / 1048576.0:0.0} MB";
}
