using System.Security.Cryptography;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.EndToEnd.Tests.Sharing;

/// <summary>Someone looks at the file with a tool of his own and leaves the transaction open: the log must grow meanwhile, and must not stay so.</summary>
[Collection(Collections.Embedded)]
public sealed class LongReaderTests(ITestOutputHelper output)
{
    /// <summary>What the store promises: <c>PRAGMA journal_size_limit</c>.</summary>
    private const long Limit = 64 * 1024 * 1024;

    [Fact]
    public async Task The_log_grows_under_a_long_reader_and_is_cut_back_after_it()
    {
        using var workspace = new Workspace();
        workspace.Write("config/agents.config.json", """
            {
              "runtime": { "simulated": { "latency": "5ms", "seed": 1, "concurrency": 8 } },
              "workflows": { "standard": { "maxRevisions": 20 } }
            }
            """);
        var ledger = new Ledger(workspace, "--provider", "simulated");
        await using var fleet = new Fleet(workspace);
        await fleet.StartAsync("worker", slots: 4);
        await ledger.AcceptAsync("before", tasks: 3);
        await fleet.DrainedAsync(ledger.Accepted);
        var before = Log(workspace);

        long during;
        using (var reader = StoreFile.Open(workspace.Store))
        {
            using var transaction = reader.BeginTransaction(deferred: true);
            using var query = reader.CreateCommand();
            query.Transaction = transaction;
            query.CommandText = "SELECT count(*) FROM event";
            var seen = query.ExecuteScalar();

            // Large runs for which nobody has an agent, beside small ones that the worker executes.
            for (var run = 0; Log(workspace) < Limit + Limit / 4; run++)
                await (await fleet.StoreAsync()).SubmitAsync(Large($"large-{run}"), CancellationToken.None);
            for (var run = 0; run < 3; run++)
                await ledger.AcceptAsync($"during-{run}", tasks: 4);
            await fleet.DrainedAsync(ledger.Accepted);
            during = Log(workspace);
            Assert.Equal(seen, query.ExecuteScalar());
        }

        // Nothing is done about the log but going on with work.
        var after = during;
        for (var run = 0; run < 10 && after > Limit; run++)
        {
            await ledger.AcceptAsync($"after-{run}", tasks: 4);
            await fleet.DrainedAsync(ledger.Accepted);
            after = Log(workspace);
        }

        var ended = await fleet.StopAllAsync();
        Assert.All(ended, result => result.Exits(0));
        var findings = await LedgerCheck.RunAsync(ledger, simulator: null);
        output.Tell($"log {before / 1024} KB before, {during / 1024} KB under the reader, {after / 1024} KB after {ledger.Accepted.Count - 4} more runs (limit {Limit / 1024} KB); {findings}");
        findings.AssertKept();
        Assert.True(during > Limit, "The reader must have made the log grow.");
        Assert.True(after <= Limit, $"The log still has {after} bytes.");
    }

    private static long Log(Workspace workspace) => new FileInfo(workspace.Store + "-wal") is { Exists: true } log ? log.Length : 0;

    private static RunSubmission Large(string run) => new()
    {
        Id = run,
        Fingerprint = ContentHash.Of("large"u8),
        Title = run,
        Workflow = "standard",
        Snapshot = "{}"u8.ToArray(),
        Input = RandomNumberGenerator.GetBytes(1_000_000),
        Steps = [new StepSpec { Key = "never", Definition = "never", Class = new("nowhere", "nobody") }],
    };
}
