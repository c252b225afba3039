using System.Globalization;
using Ripieno.EndToEnd.Tests.Kills;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;

namespace Ripieno.EndToEnd.Tests.Sharing;

/// <summary>Many processes on one file. SQLite lets one of them write at a time and is not fair about it; nobody may notice.</summary>
[Collection(Collections.Embedded)]
public sealed class SharedFileTests(ITestOutputHelper output)
{
    private const int Workers = 8;

    [Fact]
    public async Task Eight_workers_and_a_crowd_of_submitters_never_hear_of_a_busy_file()
    {
        var runs = Storms.Long ? 400 : 16;
        using var workspace = new Workspace();
        workspace.Write("config/agents.config.json", """
            {
              "runtime": { "simulated": { "latency": "10ms", "seed": 1, "concurrency": 16 } },
              "workflows": { "standard": { "maxRevisions": 20 } }
            }
            """);
        var ledger = new Ledger(workspace, "--provider", "simulated");
        await using var fleet = new Fleet(workspace);
        var instances = Enumerable.Range(1, Workers).Select(number => $"worker-{number.ToString(CultureInfo.InvariantCulture)}").ToList();
        await Task.WhenAll(instances.Select(instance => fleet.StartAsync(instance, slots: 2, PhaseCounters.Environment(workspace.In(instance)))));

        using var crowd = new CommitCrowd(instances.Select(instance => PhaseCounters.Open(workspace.In(instance))));
        var submissions = new List<ProcessResult>();
        await Parallel.ForAsync(0, runs, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (run, _) =>
        {
            var result = await ledger.SubmitAsync($"run-{run.ToString(CultureInfo.InvariantCulture)}", tasks: 4);
            lock (submissions)
                submissions.Add(result);
        });
        await fleet.DrainedAsync(ledger.Accepted);
        var ended = await fleet.StopAllAsync();

        Assert.All(submissions.Concat(ended), result => result.Exits(0));
        var complaints = submissions.Concat(ended).SelectMany(result => new[] { result.Output, result.Error }).Concat(WorkerLogs.Lines(workspace))
            .Where(text => text.Contains("busy", StringComparison.OrdinalIgnoreCase) || text.Contains("locked", StringComparison.OrdinalIgnoreCase)).ToList();
        var findings = await LedgerCheck.RunAsync(ledger, simulator: null);
        var workers = WorkerLogs.TakenReports(workspace).Select(report => report.Instance).Distinct(StringComparer.Ordinal).Count();
        output.Tell($"{Workers} workers and 4 submitters on one file: {workers} recorded results; {crowd}; {complaints.Count} complaints about a busy file; {findings}");
        Assert.Empty(complaints);
        findings.AssertKept();
        Assert.Equal((runs, Workers, 0L), (findings.Runs, workers, findings.Repeated));
        Assert.True(crowd.Most > 2, "Processes must have wanted to write at the same time.");
    }
}
