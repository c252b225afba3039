using System.Text;
using System.Text.Json;
using Ripieno.Cli;
using Ripieno.Simulator;
using Ripieno.Sqlite;
using Ripieno.Workers;

namespace Ripieno.Tests.Cli;

/// <summary>Whole commands on a real store, with simulated answers.</summary>
public sealed class RunCommandTests : IDisposable
{
    private const string Backlog = """
        # Small shop

        - [ ] Add a cart
        - [ ] Add a till
        """;

    private readonly CommandRun _command = new CommandRun().WithSimulation().With("backlog.md", Backlog);

    public void Dispose() => _command.Dispose();

    [Fact]
    public async Task A_run_is_executed_told_and_exported()
    {
        var outcome = await _command.RunAsync("run", "backlog.md", "--id", "first");

        Assert.Equal(ExitCode.Done, outcome.ExitCode);
        Assert.Contains("(config config/agents.config.json)", outcome.Error);
        Assert.Contains("plan done: 2 tasks", outcome.Output);
        Assert.Contains("Small shop  succeeded  first", outcome.Output);
        Assert.Contains("2 tasks: 2 accepted", outcome.Output);
        Assert.Contains("simulated answers", outcome.Output);
        Assert.True(File.Exists(Path.Combine(_command.Folder, "artifacts", "first", "summary.md")));
    }

    [Fact]
    public async Task The_same_run_again_only_shows_its_end()
    {
        await _command.RunAsync("run", "backlog.md", "--id", "once", "--quiet");

        var again = await _command.RunAsync("run", "backlog.md", "--id", "once", "--json");

        Assert.Equal(ExitCode.Done, again.ExitCode);
        var lines = again.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(JsonDocument.Parse(lines[0]).RootElement.GetProperty("existing").GetBoolean());
        Assert.Equal("result", JsonDocument.Parse(lines[^1]).RootElement.GetProperty("type").GetString());
        Assert.Equal(2, lines.Length);
    }

    [Fact]
    public async Task The_same_id_with_another_backlog_is_a_conflict()
    {
        await _command.RunAsync("run", "backlog.md", "--id", "taken", "--quiet");

        var other = await _command.RunAsync("run", "Something else", "--id", "taken");

        Assert.Equal(ExitCode.Usage, other.ExitCode);
        Assert.Contains("taken", other.Error);
    }

    [Fact]
    public async Task Json_lines_end_with_the_result()
    {
        var outcome = await _command.RunAsync("run", "backlog.md", "--json");

        var lines = outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal("accepted", lines[0].GetProperty("type").GetString());
        Assert.Contains(lines, line => line.GetProperty("type").GetString() == "event" && line.GetProperty("kind").GetString() == "step-expanded");
        var result = lines[^1];
        Assert.Equal("succeeded", result.GetProperty("run").GetProperty("status").GetString());
        Assert.True(result.GetProperty("simulated").GetBoolean());
        Assert.Equal(["accepted", "accepted"], result.GetProperty("tasks").EnumerateArray().Select(task => task.GetProperty("verdict").GetString()));
        Assert.Empty(outcome.Error);
    }

    [Fact]
    public async Task Quiet_is_one_line_that_says_simulated()
    {
        var outcome = await _command.RunAsync("run", "backlog.md", "--id", "hush", "-q");

        Assert.Equal("run hush succeeded: 2 tasks: 2 accepted (simulated answers)", outcome.Output.TrimEnd());
        Assert.Empty(outcome.Error);
    }

    [Fact]
    public async Task A_backlog_may_come_from_standard_input()
    {
        _command.Input = () => new MemoryStream(Encoding.UTF8.GetBytes(Backlog));

        var outcome = await _command.RunAsync("run", "-", "-q");

        Assert.Contains("2 tasks: 2 accepted", outcome.Output);
    }

    [Fact]
    public async Task A_run_that_cannot_begin_leaves_nothing_behind()
    {
        _command.WithVariable("OLLAMA_HOST", "http://127.0.0.1:1");

        var outcome = await _command.RunAsync("run", "backlog.md", "--provider", "ollama");

        Assert.Equal(ExitCode.Unavailable, outcome.ExitCode);
        Assert.Contains("--provider simulated", outcome.Error);
        Assert.Empty(outcome.Output);
        Assert.DoesNotContain(_command.Files, file => file.EndsWith(".db", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_that_fails_exits_with_one_and_names_retry()
    {
        _command.WithSimulation(revisionRate: 1);

        var outcome = await _command.RunAsync("run", "backlog.md", "--id", "bad");

        Assert.Equal(ExitCode.RunFailed, outcome.ExitCode);
        Assert.Contains("failed: ", outcome.Output);
        Assert.Contains("ripieno retry bad", outcome.Output);

        var resumed = await _command.RunAsync("resume", "bad");
        Assert.Equal(ExitCode.Usage, resumed.ExitCode);
        Assert.Contains("ripieno retry bad", resumed.Error);
    }

    [Fact]
    public async Task Retry_reopens_what_failed_and_executes_it()
    {
        _command.WithSimulation(revisionRate: 1);
        await _command.RunAsync("run", "backlog.md", "--id", "again", "-q");

        // What the answers depend on is the instance's business, the run's own settings are not.
        _command.WithSimulation(revisionRate: 0);
        var retried = await _command.RunAsync("retry", "again");

        Assert.Equal(ExitCode.Done, retried.ExitCode);
        Assert.Contains("Reopened", retried.Error);
        Assert.Contains("2 accepted", retried.Output);
    }

    [Fact]
    public async Task Retry_takes_the_name_of_a_task_and_suggests_one()
    {
        _command.WithSimulation(revisionRate: 1);
        await _command.RunAsync("run", "backlog.md", "--id", "named", "-q");

        var wrong = await _command.RunAsync("retry", "named", "add-a-catr", "--detach");
        Assert.Equal(ExitCode.Usage, wrong.ExitCode);
        Assert.Contains("add-a-cart", wrong.Error);

        var right = await _command.RunAsync("retry", "named", "add-a-cart", "--detach", "--json");
        Assert.Equal(ExitCode.Done, right.ExitCode);
        Assert.True(JsonDocument.Parse(right.Output).RootElement.GetProperty("reopened").GetInt32() >= 1);

        var running = await _command.RunAsync("retry", "named");
        Assert.Equal(ExitCode.Usage, running.ExitCode);
        Assert.Contains("ripieno resume named", running.Error);
    }

    [Fact]
    public async Task An_interrupted_run_is_kept_and_resumed()
    {
        _command.WithSimulation(latency: "1h");
        var interruption = new Interruption(_ => { });
        _command.Interruption = interruption;
        var running = _command.RunAsync("run", "backlog.md", "--id", "cut");
        _command.Interruption = new(_ => { });
        await StartedAsync("cut");

        interruption.Raise();
        var cut = await running;

        Assert.Equal(ExitCode.Interrupted, cut.ExitCode);
        Assert.Contains("ripieno resume cut", cut.Error);

        _command.Interruption = new(_ => { });
        _command.WithSimulation();
        var resumed = await _command.RunAsync("resume");
        Assert.Equal(ExitCode.Done, resumed.ExitCode);
        Assert.Contains("Small shop  succeeded  cut", resumed.Output);
    }

    [Fact]
    public async Task What_was_submitted_is_executed_by_a_worker_and_watched()
    {
        var submitted = await _command.RunAsync("submit", "backlog.md", "--id", "later");
        Assert.Equal("later", submitted.Output.TrimEnd());

        using var stop = new Interruption(_ => { });
        _command.Interruption = stop;
        var worker = _command.RunAsync("worker", "--json");
        _command.Interruption = new(_ => { });
        var watched = await _command.RunAsync("watch", "later");
        stop.Raise();
        var drained = await worker;

        Assert.Equal(ExitCode.Done, watched.ExitCode);
        Assert.Contains("2 accepted", watched.Output);
        Assert.Equal(ExitCode.Done, drained.ExitCode);
        Assert.Contains("\"type\":\"stopped\"", drained.Output);
        Assert.Contains("\"reason\":null", drained.Output);
    }

    [Fact]
    public async Task A_worker_that_is_stopped_before_it_has_begun_has_not_failed()
    {
        using var stop = new Interruption(_ => { });
        stop.Raise();
        _command.Interruption = stop;

        var worker = await _command.RunAsync("worker");

        Assert.Equal(ExitCode.Done, worker.ExitCode);
        Assert.Equal("Stopped before it had begun.", worker.Error.TrimEnd());
    }

    [Fact]
    public async Task A_worker_that_reaches_a_bound_makes_room_for_a_fresh_process_and_says_why()
    {
        _command.With("config/agents.config.json", """{ "runtime": { "defaultProvider": "simulated", "simulated": { "latency": "1ms" }, "recycleAfterSteps": 3 } }""");
        await _command.RunAsync("submit", "backlog.md", "--id", "many");

        var worker = await _command.RunAsync("worker", "--json");

        Assert.Equal(ExitCode.Drained, worker.ExitCode);
        var stopped = JsonDocument.Parse(worker.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement;
        Assert.Equal("stopped", stopped.GetProperty("type").GetString());
        var reason = stopped.GetProperty("reason").GetString()!;
        Assert.EndsWith(" steps done (recycleAfterSteps 3)", reason, StringComparison.Ordinal);
        Assert.Contains($"ripieno: making room for a fresh process: {reason}.", worker.Error);
        var log = Assert.Single(_command.Files, file => file.StartsWith("logs", StringComparison.Ordinal) && file.EndsWith(".jsonl", StringComparison.Ordinal));
        Assert.Contains(reason, await File.ReadAllTextAsync(Path.Combine(_command.Folder, log), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_worker_serves_runs_of_every_provider_that_the_config_places()
    {
        await using var server = await ModelSimulator.StartAsync(new SimulatorOptions());
        _command.With("config/agents.config.json", $$"""{ "runtime": { "defaultProvider": "simulated", "openai": { "endpoint": "{{server.OpenAiUrl}}" } } }""");
        await _command.RunAsync("submit", "Add a login", "--provider", "openai", "--id", "other");

        using var stop = new Interruption(_ => { });
        _command.Interruption = stop;
        var worker = _command.RunAsync("worker", "-q");
        _command.Interruption = new(_ => { });
        var watched = await _command.RunAsync("watch", "other");
        stop.Raise();
        await worker;

        Assert.Equal((ExitCode.Done, ""), (watched.ExitCode, watched.Error));
    }

    [Fact]
    public async Task A_cancel_ends_a_run_whose_process_was_killed()
    {
        await _command.RunAsync("submit", "backlog.md", "--id", "orphan");
        await using (var store = await SqliteStore.OpenAsync(Path.Combine(_command.Folder, "data", "ripieno.db"), TimeProvider.System, default))
        {
            var killed = ThisInstance.Describe("killed", 1, TimeProvider.System) with { Pid = int.MaxValue };
            await store.RegisterInstanceAsync(killed, TimeSpan.FromHours(1), default);
            Assert.Single(await store.ClaimAsync(
                new() { Incarnation = killed.Incarnation, Classes = [new(new("default", "planner"), 1)], Count = 1, Lease = TimeSpan.FromHours(1) }, default));
        }

        await _command.RunAsync("cancel", "orphan");

        var shown = await _command.RunAsync("show", "orphan", "--json");
        Assert.Equal("cancelled", JsonDocument.Parse(shown.Output).RootElement.GetProperty("run").GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_cancelled_run_does_nothing_more()
    {
        await _command.RunAsync("submit", "backlog.md", "--id", "no");

        var cancelled = await _command.RunAsync("cancel", "no", "--json");
        var again = await _command.RunAsync("cancel", "no");
        var shown = await _command.RunAsync("show", "no");

        Assert.Equal("{\"id\":\"no\",\"cancelled\":true}", cancelled.Output.TrimEnd());
        Assert.Contains("had ended already", again.Output);
        Assert.Contains("cancelled", shown.Output);
    }

    [Fact]
    public async Task Runs_show_logs_and_artifacts_tell_of_the_run()
    {
        await _command.RunAsync("run", "backlog.md", "--id", "told", "-q");

        var runs = await _command.RunAsync("runs", "--status", "succeeded");
        var shown = await _command.RunAsync("show", "told", "--steps");
        var logs = await _command.RunAsync("logs", "told", "--json");
        var listed = await _command.RunAsync("artifacts", "told", "--out", "copy");

        Assert.Contains("Small shop", runs.Output);
        Assert.Contains("tasks/add-a-cart/review-1", shown.Output);
        Assert.Contains("Add a cart", shown.Output);
        Assert.All(logs.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Equal("told", JsonDocument.Parse(line).RootElement.GetProperty("run").GetString()));
        Assert.NotEmpty(logs.Output);
        Assert.Contains("summary.md", listed.Output);
        Assert.True(File.Exists(Path.Combine(_command.Folder, "copy", "told", "summary.md")));
    }

    [Fact]
    public async Task Looking_makes_no_store()
    {
        var outcome = await _command.RunAsync("runs");

        Assert.Equal(ExitCode.Done, outcome.ExitCode);
        Assert.Contains("no runs", outcome.Output);
        Assert.DoesNotContain(_command.Files, file => file.EndsWith(".db", StringComparison.Ordinal));
    }

    private async Task StartedAsync(string run)
    {
        while (true)
        {
            var shown = await _command.RunAsync("show", run, "--json");
            if (shown.ExitCode == ExitCode.Done
                && JsonDocument.Parse(shown.Output).RootElement.GetProperty("run").GetProperty("startedAt").ValueKind == JsonValueKind.String)
            {
                return;
            }
        }
    }
}
