using Ripieno.Cli;

namespace Ripieno.Tests.Cli;

/// <summary>Commands around users' workflows, as people see them.</summary>
public sealed class WorkflowCommandTests : IDisposable
{
    private const string Question = "Publish this?\n\nFirst paragraph, which is longer than a terminal is wide, as paragraphs are, and goes on and on until there can be no doubt about that.\nThe end of it.";

    private readonly CommandRun _command = new();

    public void Dispose() => _command.Dispose();

    [Fact]
    public async Task A_check_draws_a_workflow_that_stops_and_show_tells_what_was_not_begun()
    {
        With("""
            "onFailure": "stop", "steps": [
              { "id": "bad", "forEach": "input", "agent": "writer", "prompt": "x" },
              { "id": "after", "agent": "writer", "prompt": "{{bad}}" },
              { "id": "late", "approval": { "prompt": "Sure?" } }
            ]
            """);

        Assert.Contains("workflow mine  stops at the first failure", (await _command.RunAsync("config", "check")).Output, StringComparison.Ordinal);
        Assert.Contains("\"onFailure\": \"stop\"", (await _command.RunAsync("config", "show")).Output, StringComparison.Ordinal);
        var run = await _command.RunAsync("run", "--workflow", "mine", "--input", "no list", "--id", "one");
        Assert.Equal(ExitCode.RunFailed, run.ExitCode);
        var shown = await _command.RunAsync("show", "one", "--steps");
        Assert.Contains("1 failed, 2 skipped", shown.Output, StringComparison.Ordinal);
        Assert.Contains("nothing more begins", (await _command.RunAsync("watch", "one")).Output + run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_is_shown_whole_and_a_rejection_with_its_note()
    {
        With("""
            "steps": [
              { "id": "release", "approval": { "prompt": "{{input}}", "onReject": "go-on" } },
              { "id": "shelved", "agent": "writer", "when": "not release.approved", "prompt": "x" }
            ]
            """);
        _command.With("question.txt", Question);
        await _command.RunAsync("submit", "--workflow", "mine", "--input", "question.txt", "--id", "one");
        var running = _command.RunAsync("resume", "one");
        CommandOutcome asked;
        do
        {
            asked = await _command.RunAsync("approve", "one");
        }
        while (!asked.Output.Contains("release", StringComparison.Ordinal));

        // However it is wrapped.
        Assert.Contains(string.Join(' ', Question.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)), string.Join(' ', asked.Output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        await _command.RunAsync("approve", "one", "release", "--reject", "--note", "Wait for the lawyers");
        var ended = await running;

        Assert.Equal(ExitCode.Done, ended.ExitCode);
        Assert.Contains("2 steps: 1 done, 1 rejected", ended.Output, StringComparison.Ordinal);
        var shown = await _command.RunAsync("show", "one");
        Assert.Contains("Wait for the lawyers", shown.Output, StringComparison.Ordinal);
        var json = (await _command.RunAsync("show", "one", "--json")).Output;
        Assert.Contains("\"verdict\":\"rejected\"", json, StringComparison.Ordinal);
        Assert.DoesNotContain("\"verdict\":\"accepted\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_finds_what_is_wrong_in_a_prompt_file_with_its_line()
    {
        With(""" "steps": [ { "id": "one", "agent": "writer", "prompt": "x", "input": { "text": "{{input}}" } } ] """, "\"prompt\": \"prompts/writer.prompt\"");
        _command.With("prompts/writer.prompt", "You write.\nAbout {{text}} and {{txet}}.");

        var check = await _command.RunAsync("config", "check");

        Assert.Equal(ExitCode.Usage, check.ExitCode);
        Assert.Contains("prompts/writer.prompt:2", check.Error, StringComparison.Ordinal);
        Assert.Contains("txet", check.Error, StringComparison.Ordinal);
    }

    private void With(string workflow, string agent = "") => _command.With("config/agents.config.json", $$"""
        {
          "runtime": { "defaultProvider": "simulated", "simulated": { "latency": "1ms" } },
          "agents": [ { "id": "writer"{{(agent.Length > 0 ? ", " + agent : "")}} } ],
          "workflows": { "mine": { {{workflow}} } }
        }
        """);
}
