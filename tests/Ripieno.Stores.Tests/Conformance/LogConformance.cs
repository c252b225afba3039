using System.Globalization;
using System.Text;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>Logs of runs: what processes write about them, for those who read from elsewhere.</summary>
public abstract class LogConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    private long _batch;

    [Fact]
    public async Task Lines_of_several_runs_are_added_together_and_read_after_a_cursor()
    {
        await SubmitAsync("r1", Step("a"));
        await SubmitAsync("r2", Step("b"));
        await AppendAsync(("r1", "one"), ("r2", "other"), ("r1", "two"));
        await AppendAsync(("r1", "three"));

        Assert.Equal(["1 one", "2 two", "3 three"], await LogAsync("r1"));
        Assert.Equal(["1 other"], await LogAsync("r2"));
        Assert.Equal(["2 two"], await LogAsync("r1", after: 1, count: 1));
        Assert.Equal(["1 one", "2 two"], await LogAsync("r1", count: 2));
        Assert.Empty(await LogAsync("r1", after: 3));
        Assert.Empty(await LogAsync("r1", count: 0));
        Assert.Empty(await LogAsync("nowhere"));
        Assert.Empty((await Store.CheckAsync(None)).Problems);
    }

    [Fact]
    public async Task The_newest_lines_stay_and_their_numbers_go_on()
    {
        await SubmitAsync("r", Step("a"));
        for (var i = 0; i < ContentLimits.Log + 150; i += 50)
            await AppendAsync([.. Enumerable.Range(i + 1, 50).Select(line => ("r", "line " + line.ToString(CultureInfo.InvariantCulture)))]);

        var lines = await LogAsync("r");
        Assert.Equal(ContentLimits.Log, lines.Length);
        Assert.Equal("151 line 151", lines[0]);
        Assert.Equal("1150 line 1150", lines[^1]);
        // Whoever was away for long finds what is left, wherever the cursor stands.
        Assert.Equal("151 line 151", (await LogAsync("r", after: 20))[0]);
        Assert.Equal("501 line 501", (await LogAsync("r", after: 500))[0]);
        Assert.Equal(["1149 line 1149", "1150 line 1150"], await LogAsync("r", after: 1148));
    }

    [Fact]
    public async Task A_repeated_batch_adds_nothing_and_origins_do_not_disturb_each_other()
    {
        await SubmitAsync("r1", Step("a"));
        await SubmitAsync("r2", Step("b"));
        var batch = Batch("me", 7, ("r1", "one"), ("r2", "two"));
        await Store.AppendLogAsync(batch, None);
        await Store.AppendLogAsync(batch, None);
        await Store.AppendLogAsync(Batch("me", 6, ("r1", "overtaken")), None);
        await Store.AppendLogAsync(Batch("you", 1, ("r1", "yours")), None);
        await Store.AppendLogAsync(Batch("me", 8, ("r1", "next")), None);

        Assert.Equal(["1 one", "2 yours", "3 next"], await LogAsync("r1"));
        Assert.Equal(["1 two"], await LogAsync("r2"));
    }

    [Fact]
    public async Task The_log_goes_with_its_run_and_nothing_brings_it_back()
    {
        await SubmitAsync("keep", Step("k"));
        await SubmitAsync("gone", Step("a"));
        await AppendAsync(("gone", "one"), ("keep", "kept"));
        await Store.CancelAsync("gone", None);
        await Store.SettleAsync(None);
        await AppendAsync(("gone", "after its end"));
        Assert.Equal(["1 one", "2 after its end"], await LogAsync("gone"));

        Assert.Equal(1, await Store.DeleteRunsAsync(["gone"], None));
        await Store.SettleAsync(None);
        Assert.Empty(await LogAsync("gone"));
        await AppendAsync(("gone", "too late"), ("never", "was"), ("keep", "still"));

        Assert.Empty(await LogAsync("gone"));
        Assert.Equal(["1 kept", "2 still"], await LogAsync("keep"));
        // A run that takes the free id begins with an empty log.
        await SubmitAsync("gone", Step("b"));
        await SubmitAsync("never", Step("c"));
        Assert.Empty(await LogAsync("gone"));
        Assert.Empty(await LogAsync("never"));
        await AppendAsync(("gone", "new"));
        Assert.Equal(["1 new"], await LogAsync("gone"));
    }

    [Fact]
    public async Task A_run_that_is_not_over_keeps_its_log_when_others_are_deleted()
    {
        await SubmitAsync("over", Step("a"));
        await SubmitAsync("running", Step("b"));
        await AppendAsync(("over", "one"), ("running", "two"));
        await Store.CancelAsync("over", None);
        await Store.SettleAsync(None);

        Assert.Equal(1, await Store.DeleteRunsAsync(["running", "over"], None));

        Assert.Equal(["1 two"], await LogAsync("running"));
        Assert.Equal(RunStatus.Running, (await RunAsync("running")).Status);
    }

    [Fact]
    public async Task Batches_and_lines_that_are_too_large_are_refused()
    {
        await SubmitAsync("r", Step("a"));
        await Assert.ThrowsAsync<InvalidInputException>(() => AppendAsync([.. Enumerable.Repeat(("r", "x"), ContentLimits.LogBatch + 1)]));
        await Assert.ThrowsAsync<InvalidInputException>(() => AppendAsync(("r", new string('x', ContentLimits.LogEntry + 1))));
        Assert.Empty(await LogAsync("r"));
        await AppendAsync([.. Enumerable.Repeat(("r", new string('x', ContentLimits.LogEntry)), ContentLimits.LogBatch)]);
        Assert.Equal(ContentLimits.LogBatch, (await LogAsync("r")).Length);
    }

    private static LogBatch Batch(string origin, long number, params (string Run, string Text)[] lines) =>
        new(origin, number, [.. lines.Select(line => new LogEntry(line.Run, Encoding.UTF8.GetBytes(line.Text)))]);

    private Task AppendAsync(params (string Run, string Text)[] lines) => Store.AppendLogAsync(Batch("origin", ++_batch, lines), None);

    private async Task<string[]> LogAsync(string run, long after = 0, int count = 10_000) =>
        [.. (await Store.ListLogAsync(run, after, count, None)).Select(line => string.Create(CultureInfo.InvariantCulture, $"{line.Number} {Encoding.UTF8.GetString(line.Body.Span)}"))];
}
