using System.Globalization;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Simulator;
using Ripieno.Sqlite;

namespace Ripieno.EndToEnd.Tests.Disks;

/// <summary>A disk that answers flushes with an I/O error: what was not flushed is never called accepted or done.</summary>
[Collection(Collections.Embedded)]
public sealed class FailingFlushTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("Promise", "I1")]
    public async Task A_submission_whose_flush_failed_is_never_reported_as_accepted()
    {
        var seed = Storms.Seed(2201);
        await using var simulator = await ModelSimulator.StartAsync(new() { Seed = seed, Slots = 64, Latency = TimeSpan.FromMilliseconds(20), RevisionRate = 0.2 });
        using var workspace = new Workspace();
        Fleet.Configure(workspace, simulator, lease: "1h", heartbeat: "1s");
        var ledger = new Ledger(workspace);
        await ledger.AcceptAsync("before", tasks: 2);

        // Of each thread's flushes: all, from the second on, only some, so that the disk seems to recover.
        string[] patterns = ["1+", "2+", "3+", "1..1", "2..2", "1..2", "2..3", "3..4"];
        var (injected, refused) = (0, new Dictionary<string, string>(StringComparer.Ordinal));
        foreach (var pattern in patterns)
        {
            for (var tries = 0; tries < (Storms.Long ? 10 : 1); tries++)
            {
                var run = $"run-{ledger.Tasks.Count}";
                var failing = new FailingFlushes(workspace, pattern);
                ledger.Launcher = failing.Launcher;
                var result = await ledger.SubmitAsync(run, tasks: 2);
                ledger.Launcher = null;
                injected += failing.Fired;
                if (result.ExitCode == 0)
                    continue;
                result.Exits(3);
                Assert.Contains(workspace.Store, result.Error, StringComparison.Ordinal);
                Assert.Matches("disk", result.Error);
                Assert.Empty(result.Output);
                refused[run] = $"{pattern}: {result.Error}";
            }
        }

        // What was refused may have reached the disk all the same; asked for again it is the same run, once.
        Assert.Equal("ok", StoreFile.Integrity(workspace.Store));
        var there = await ThereAsync(workspace, refused.Keys);
        Assert.Equal(ledger.Accepted.Count, (await ThereAsync(workspace, ledger.Accepted)).Count);
        foreach (var run in refused.Keys)
            await ledger.AcceptAsync(run, tasks: 2);
        await using (var fleet = new Fleet(workspace))
        {
            await fleet.StartAsync("worker", slots: 4);
            await fleet.DrainedAsync(ledger.Accepted);
            Assert.All(await fleet.StopAllAsync(), result => result.Exits(0));
        }

        var findings = await LedgerCheck.RunAsync(ledger, simulator);
        there.ForEach(run => output.WriteLine($"Refused and there: {run}, {refused[run]}"));
        output.Tell($"seed {seed}: {injected} flushes failed in {patterns.Length} patterns, {refused.Count} submissions refused ({there.Count} of them on the disk all the same); {findings}");
        findings.AssertKept();
        // A plain refusal says that nothing has changed; where that is not known, the message must say so.
        Assert.DoesNotContain(there, run => !refused[run].Contains("Repeat", StringComparison.Ordinal));
        Assert.True(injected >= patterns.Length / 2 && refused.Count > 0, "The fault must have fired.");
    }

    [Theory]
    [InlineData("20+", 2202)]
    [InlineData("20..25", 2203)]
    [InlineData("10..60+2", 2204)]
    public async Task A_worker_on_a_failing_disk_loses_nothing_and_goes_on_when_it_recovers(string pattern, int usualSeed)
    {
        var seed = Storms.Seed(usualSeed);
        await using var simulator = await ModelSimulator.StartAsync(new() { Seed = seed, Slots = 64, Latency = TimeSpan.FromMilliseconds(20), RevisionRate = 0.2 });
        using var workspace = new Workspace();
        Fleet.Configure(workspace, simulator, lease: "1h", heartbeat: "1s");
        var ledger = new Ledger(workspace);
        for (var run = 0; run < 4; run++)
            await ledger.AcceptAsync($"run-{run}", tasks: 8);

        var recovers = !pattern.EndsWith('+') || pattern.Contains("..", StringComparison.Ordinal);
        var failing = new FailingFlushes(workspace, pattern);
        using var worker = RipienoProcess.Start(failing.Launcher, workspace, null, "worker", "--concurrency", "4", "--grace", "1s");
        await using var fleet = new Fleet(workspace);
        if (recovers)
            await fleet.DrainedAsync(ledger.Accepted);
        else
            await Storms.UntilAsync("the disk has failed often enough", () => failing.Fired >= 8);
        worker.Signal("TERM");
        var ended = await worker.WaitAsync();
        ended.Exits(0);

        // The disk is well again.
        var unfinished = await fleet.HasWorkAsync(ledger.Accepted);
        await fleet.StartAsync("healthy", slots: 4);
        await fleet.DrainedAsync(ledger.Accepted);
        Assert.All(await fleet.StopAllAsync(), result => result.Exits(0));
        Assert.Equal("ok", StoreFile.Integrity(workspace.Store));
        var findings = await LedgerCheck.RunAsync(ledger, simulator);
        output.Tell($"seed {seed}: {failing.Fired} flushes failed (fsync {pattern}); {findings}");
        findings.AssertKept();
        Assert.True(failing.Fired > 2, "The fault must have fired.");
        Assert.Equal(!recovers, unfinished);
        Assert.True(recovers || ended.Error.Contains("disk", StringComparison.Ordinal), $"The worker must have said what is wrong:\n{ended.Error}");
    }

    private static async Task<List<string>> ThereAsync(Workspace workspace, IEnumerable<string> runs)
    {
        await using var store = await SqliteStore.OpenAsync(workspace.Store, TimeProvider.System, CancellationToken.None);
        var there = new List<string>();
        foreach (var run in runs)
        {
            if (await store.FindRunAsync(run, CancellationToken.None) is not null)
                there.Add(run);
        }

        return there;
    }
}

/// <summary>A tracer that lets some of each thread's flushes fail.</summary>
internal sealed class FailingFlushes
{
    private static int _number;
    private readonly string _log;

    /// <param name="workspace">Where its log goes.</param>
    /// <param name="when">Which: <c>3+</c>, <c>3..5</c>, <c>3..9+2</c>.</param>
    public FailingFlushes(Workspace workspace, string when)
    {
        var name = Interlocked.Increment(ref _number).ToString(CultureInfo.InvariantCulture);
        _log = workspace.In($"flushes-{name}");
        Launcher = new("strace", "-f", "--seccomp-bpf", "-qq", "-o", _log, "-e", "trace=fsync,fdatasync", "-e", $"inject=fsync,fdatasync:error=EIO:when={when}")
        {
            PidFile = workspace.In($"flushes-{name}.pid"),
        };
    }

    public Launcher Launcher { get; }

    /// <summary>Flushes that failed so far.</summary>
    public int Fired
    {
        get
        {
            if (!File.Exists(_log))
                return 0;
            using var reader = new StreamReader(new FileStream(_log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return reader.ReadToEnd().Split("(INJECTED)").Length - 1;
        }
    }
}
