using System.Text.Json;
using Ripieno.Cli;

namespace Ripieno.Tests.Cli;

/// <summary>Who is there and what waits, and ending a worker from elsewhere.</summary>
public sealed class StatusCommandTests : IDisposable
{
    private readonly CommandRun _command = new CommandRun().WithSimulation().With("backlog.md", "- [ ] one\n- [ ] two\n");

    public void Dispose() => _command.Dispose();

    [Fact]
    public async Task Without_a_store_there_is_nothing_to_show() => Assert.Equal(ExitCode.Usage, (await _command.RunAsync("status")).ExitCode);

    [Fact]
    public async Task Without_a_worker_what_is_ready_is_shown_with_nobody_to_take_it()
    {
        await _command.RunAsync("submit", "backlog.md", "--id", "waiting");

        var text = await _command.RunAsync("status");
        var document = JsonDocument.Parse((await _command.RunAsync("status", "--json")).Output).RootElement;

        Assert.Equal(ExitCode.Done, text.ExitCode);
        Assert.Contains("0 instances, 0 of 0 slots busy, 1 step ready", text.Output, StringComparison.Ordinal);
        Assert.Contains("nobody", text.Output, StringComparison.Ordinal);
        var queue = Assert.Single(document.GetProperty("queues").EnumerateArray());
        Assert.Equal(("default", "planner", 1, 0), (queue.GetProperty("queue").GetString(), queue.GetProperty("executor").GetString(), queue.GetProperty("ready").GetInt32(), queue.GetProperty("servers").GetInt32()));
        Assert.Equal(JsonValueKind.Null, document.GetProperty("cluster").GetProperty("loadVariation").ValueKind);
    }

    [Fact]
    public async Task A_worker_is_seen_with_its_queues_gets_runs_in_turn_and_drains_when_it_is_asked_to()
    {
        _command.WithVariable("INSTANCE_ID", "worker-7");
        await _command.RunAsync("submit", "backlog.md", "--id", "elsewhere", "--queue", "night");
        var worker = Task.Run(() => _command.RunAsync("worker", "--queues", "default,gpu"), TestContext.Current.CancellationToken);
        JsonElement status;
        do
            status = JsonDocument.Parse((await _command.RunAsync("status", "--json")).Output).RootElement;
        while (status.GetProperty("instances").EnumerateArray().All(one => one.GetProperty("report").ValueKind == JsonValueKind.Null) && !worker.IsCompleted);

        var one = Assert.Single(status.GetProperty("instances").EnumerateArray());
        Assert.Equal(("worker-7", "live", 4), (one.GetProperty("id").GetString(), one.GetProperty("state").GetString(), one.GetProperty("slots").GetInt32()));
        var classes = one.GetProperty("report").GetProperty("classes").EnumerateArray().Select(name => name.GetString()!.Split('/')[0]).Distinct();
        Assert.Equal(["default", "gpu"], classes.Order());
        var accepted = await _command.RunAsync("submit", "backlog.md", "--id", "pinned", "--spread", "round-robin", "--json");
        Assert.Equal("worker-7", JsonDocument.Parse(accepted.Output).RootElement.GetProperty("instance").GetString());
        Assert.Equal(ExitCode.Done, (await _command.RunAsync("watch", "pinned", "--quiet")).ExitCode);

        var drained = await _command.RunAsync("worker", "--drain", "worker-7", "--json");

        Assert.Equal((ExitCode.Done, "{\"instance\":\"worker-7\",\"drained\":true}"), (drained.ExitCode, drained.Output.Trim()));
        var ended = await worker;
        Assert.Equal(ExitCode.Done, ended.ExitCode);
        Assert.Contains("Asked to drain", ended.Error, StringComparison.Ordinal);
        Assert.Contains("\"status\":\"running\"", (await _command.RunAsync("show", "elsewhere", "--json")).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await _command.RunAsync("worker", "--drain", "worker-7")).ExitCode);
    }

    [Fact]
    public async Task A_run_is_not_accepted_by_a_command_that_cannot_execute_it_because_its_id_is_in_use()
    {
        _command.WithVariable("INSTANCE_ID", "mine");
        var worker = Task.Run(() => _command.RunAsync("worker"), TestContext.Current.CancellationToken);
        while (!(await _command.RunAsync("status", "--json")).Output.Contains("\"mine\"", StringComparison.Ordinal) && !worker.IsCompleted)
            await Task.Yield();

        var refused = await _command.RunAsync("run", "backlog.md", "--id", "mine-alone");

        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("'mine' is in use by process", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("mine-alone", (await _command.RunAsync("runs")).Output, StringComparison.Ordinal);
        await _command.RunAsync("worker", "--drain", "mine", "-q");
        Assert.Equal(ExitCode.Done, (await worker).ExitCode);
    }

    [Fact]
    public async Task Without_a_worker_a_run_that_is_to_be_spread_is_for_whichever_comes_first()
    {
        var accepted = await _command.RunAsync("submit", "backlog.md", "--id", "free", "--spread", "round-robin");

        Assert.Equal(ExitCode.Done, accepted.ExitCode);
        Assert.Contains("No live worker serves its queue now", accepted.Error, StringComparison.Ordinal);
    }
}
