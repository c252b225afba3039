using System.Text;
using Microsoft.Extensions.Logging;
using Ripieno.Coordination;
using Ripieno.Diagnostics;
using Ripieno.Storage;
using Ripieno.Tests.Workers;

namespace Ripieno.Tests.Coordination;

/// <summary>What is logged about runs goes into the store, and is read from there and from files as one log.</summary>
public sealed class RunLogTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ripieno-logs-");
    private readonly LogIds _ids = new();
    private readonly List<string> _said = [];
    private WorkerScene _scene = null!;
    private FaultyStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _scene = await WorkerScene.OpenAsync();
        _store = new(_scene.Store, (_, _) => Fault.None);
        await _scene.SubmitAsync("r1", WorkerScene.Step("a"));
        await _scene.SubmitAsync("r2", WorkerScene.Step("b"));
    }

    public async ValueTask DisposeAsync()
    {
        await _scene.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task What_comes_within_a_second_goes_in_one_commit_and_each_run_gets_its_own()
    {
        await using var writer = Writer();
        writer.Add(Line("r1", "one"));
        writer.Add(Line("r2", "other"));
        writer.Add(Line("r1", "two"));
        writer.Add(Line("r1", "a detail") with { Level = LogLevel.Debug });
        writer.Add(Line("r1", "about no run") with { Run = null });
        writer.Add(Line("gone", "of a run that is not there"));

        await ReadsAsync("r1", "one", "two");

        Assert.Equal(["other"], await TextsAsync("r2"));
        Assert.Equal(1, _store.Calls("AppendLogAsync"));
        Assert.Equal(0, writer.Lost);
        Assert.Empty(_said);
    }

    [Theory]
    [InlineData(nameof(Fault.Unavailable))]
    [InlineData(nameof(Fault.LostBefore))]
    [InlineData(nameof(Fault.LostAfter))]
    [InlineData(nameof(Fault.Twice))]
    public async Task A_store_that_is_away_gets_each_line_once_when_it_is_back(string fault)
    {
        _store.Plan = (name, before) => name == "AppendLogAsync" && before < 3 ? Enum.Parse<Fault>(fault) : Fault.None;
        await using var writer = Writer();
        writer.Add(Line("r1", "one"));
        await _scene.UntilAsync(() => _store.Calls("AppendLogAsync") > 0, RunLogWriter.Pace);
        writer.Add(Line("r1", "two"));

        await ReadsAsync("r1", "one", "two");
        Assert.NotEmpty(_store.Fired);
        Assert.Equal(0, writer.Lost);
    }

    [Fact]
    public async Task What_is_too_much_for_a_store_that_is_away_is_counted_and_said_where_it_is_missing()
    {
        var isAway = true;
        _store.Plan = (name, _) => name == "AppendLogAsync" && isAway ? Fault.Unavailable : Fault.None;
        await using var writer = Writer();
        writer.Add(Line("r2", "first"));
        await _scene.UntilAsync(() => _store.Calls("AppendLogAsync") > 0, RunLogWriter.Pace);
        // One batch is on its way, the rest waits.
        for (var i = 0; i < RunLogWriter.Backlog + 10; i++)
            writer.Add(Line("r1", "more"));
        Assert.Equal(10, writer.Lost);
        isAway = false;

        await _scene.UntilAsync(async () => (await TextsAsync("r1")).Any(text => text.Contains("missing", StringComparison.Ordinal)), RunLogWriter.Pace);

        Assert.Equal("10 lines are missing here: the store took less than this instance logged. Its own log has all.", Assert.Single(await TextsAsync("r1"), text => text != "more"));
        Assert.Contains("first", await TextsAsync("r2"));
        Assert.Equal("10 lines are missing in the logs of runs in the store: the store is on holiday", Assert.Single(_said));
    }

    [Fact]
    public async Task Whoever_ends_waits_for_the_last_lines_but_not_for_a_store_that_hangs()
    {
        var prompt = Writer();
        prompt.Add(Line("r1", "last"));
        await prompt.DisposeAsync();
        Assert.Equal(["last"], await TextsAsync("r1"));
        Assert.Empty(_said);

        _store = new(_scene.Store, (name, _) => name == "AppendLogAsync" ? Fault.Delayed : Fault.None) { Time = _scene.Time, Delay = (_, _) => (TimeSpan.FromDays(1), default) };
        var hanging = Writer();
        hanging.Add(Line("r1", "never"));
        var ending = hanging.DisposeAsync().AsTask();
        await _scene.UntilAsync(() => ending.IsCompleted, TimeSpan.FromMilliseconds(100));

        Assert.StartsWith("1 line is missing in the logs of runs in the store", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_defect_of_the_store_costs_lines_and_nothing_else()
    {
        _store.Plan = (name, before) => name == "AppendLogAsync" && before == 0 ? Fault.Crash : Fault.None;
        await using var writer = Writer();
        writer.Add(Line("r1", "lost"));
        await _scene.UntilAsync(() => writer.Lost == 1, RunLogWriter.Pace);
        writer.Add(Line("r1", "kept"));

        await ReadsAsync("r1", "kept", "1 line is missing here: the store took less than this instance logged. Its own log has all.");
        Assert.Equal(2, _store.Calls("AppendLogAsync"));
    }

    [Fact]
    public async Task Files_and_store_are_one_log_in_order_of_time_with_each_line_once()
    {
        var here = new LogIds();
        LogLine[] mine = [Line("r1", "1", second: 1, here), Line("r1", "3", second: 3, here), Line("r1", "5", second: 5, here)];
        LogLine[] theirs = [Line("r1", "2", second: 2), Line("r1", "4", second: 4)];
        Write(mine);
        Write([Line("r1", "0 by an older version", second: 0) with { Id = null }]);
        // Mine come back from the store, shortened; some of them twice.
        await AppendAsync(mine[0] with { Message = "1 cut" }, theirs[1], mine[1]);
        await AppendAsync(theirs[0], theirs[1]);
        var reader = Reader();

        Assert.Equal(["0 by an older version", "1", "2", "3", "4", "5"], (await reader.ReadNewAsync(default)).Select(line => line.Message));
        Assert.Empty(await reader.ReadNewAsync(default));

        // Followed: what comes by the store first is not shown again when the file has it.
        var late = Line("r1", "6", second: 6, here);
        await AppendAsync(late, mine[2]);
        Assert.Equal(["6"], (await reader.ReadNewAsync(default)).Select(line => line.Message));
        Write([late, Line("r1", "7", second: 7, here)]);
        Assert.Equal(["7"], (await reader.ReadNewAsync(default)).Select(line => line.Message));
        Assert.Equal(0, reader.Gone);
    }

    [Fact]
    public async Task Within_a_millisecond_the_numbers_of_an_instance_decide()
    {
        var lines = Enumerable.Range(0, 12).Select(i => Line("r1", $"{i}") with { Time = _scene.Time.GetUtcNow().AddTicks(5000 - i) }).ToArray();
        Write([.. lines.Where((_, i) => i % 2 == 0)]);
        await AppendAsync(lines);

        Assert.Equal(lines.Select(line => line.Message), (await Reader().ReadNewAsync(default)).Select(line => line.Message));
    }

    [Fact]
    public async Task What_the_store_has_let_go_is_counted()
    {
        for (var i = 0; i < ContentLimits.Log + 200; i += 100)
            await AppendAsync([.. Enumerable.Range(0, 100).Select(_ => Line("r1", "x"))]);
        var reader = Reader();

        Assert.Equal(ContentLimits.Log, (await reader.ReadNewAsync(default)).Count);
        Assert.Equal(200, reader.Gone);
    }

    [Fact]
    public void A_line_is_packed_and_unpacked_as_it_was()
    {
        var line = Line("r1", "Ein „Umlaut“ ä and \"quotes\"") with { Level = LogLevel.Error, Step = "tasks/a", Exception = new("IOException", "disk full") };

        var packed = PackedLogLine.Pack(line);

        Assert.Equal(line, PackedLogLine.Unpack("r1", packed));
        Assert.Equal(line with { Step = null, Exception = null }, PackedLogLine.Unpack("r1", PackedLogLine.Pack(line with { Step = null, Exception = null })));
        Assert.Contains("„Umlaut“", Encoding.UTF8.GetString(packed), StringComparison.Ordinal);
        foreach (var wrong in (string[])["", "{}", "[1]", "[1,2,3,4,5,6]", "[\"a\",2,\"b\",\"c\",null,\"d\"]", "[999999999999999999,2,\"b\",\"c\",null,\"d\"]"])
            Assert.Null(PackedLogLine.Unpack("r1", Encoding.UTF8.GetBytes(wrong)));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("漢")]
    [InlineData("\u0001")]
    [InlineData("😀")]
    public void However_long_a_line_is_it_fits_and_can_be_read(string text)
    {
        var much = string.Concat(Enumerable.Repeat(text, 100_000));
        var packed = PackedLogLine.Pack(Line("r1", much) with { Step = much, Instance = much, Exception = new(much, much) });

        Assert.True(packed.Length <= ContentLimits.LogEntry, $"{packed.Length} bytes");
        Assert.StartsWith(text, PackedLogLine.Unpack("r1", packed)!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_with_a_password_loses_it_on_the_way_into_the_store()
    {
        var packed = Encoding.UTF8.GetString(PackedLogLine.Pack(Line("r1", "no answer of redis://me:hunter2@host:1") with { Exception = new("X", "rediss://me:hunter2@host:1") }));

        Assert.DoesNotContain("hunter2", packed, StringComparison.Ordinal);
    }

    private LogLine Line(string run, string text, int second = 0, LogIds? ids = null) =>
        new(_scene.Time.GetUtcNow().AddSeconds(second), LogLevel.Information, "me", run, null, text, null, (ids ?? _ids).Next());

    private RunLogWriter Writer() => new(_store, _ids, "me", _scene.Time, _said.Add);

    private RunLogReader Reader() => new(new(_folder.FullName, "r1"), _scene.Store, "r1");

    private void Write(LogLine[] lines) =>
        File.AppendAllText(Path.Combine(_folder.FullName, "ripieno-20300101-1.jsonl"), string.Concat(lines.Select(line => Encoding.UTF8.GetString(line.Write()) + "\n")));

    private Task AppendAsync(params LogLine[] lines) =>
        _scene.Store.AppendLogAsync(new(new LogIds().Origin, 1, [.. lines.Select(line => new LogEntry(line.Run!, PackedLogLine.Pack(line)))]), default);

    private async Task<IReadOnlyList<string>> TextsAsync(string run) =>
        [.. (await _scene.Store.ListLogAsync(run, 0, 10_000, default)).Select(entry => PackedLogLine.Unpack(run, entry.Body)!.Message)];

    private Task ReadsAsync(string run, params string[] texts) =>
        _scene.UntilAsync(async () => (await TextsAsync(run)).SequenceEqual(texts), RunLogWriter.Pace);
}
