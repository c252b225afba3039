using System.Text;
using System.Text.Json;
using Ripieno.Agents;
using Ripieno.Agents.Tasks;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Tests.Agents.Tasks;

public sealed class ExecuteStepExecutorTests : IAsyncDisposable
{
    private const string Good = """{"summary":"Made it.","files":[{"path":"src/login.py","content":"print('é')\n"}],"notes":"none"}""";

    private readonly StoredRun _run = new();

    public ValueTask DisposeAsync() => _run.DisposeAsync();

    [Fact]
    public async Task Work_becomes_a_result_and_artifacts_and_its_review_joins_the_tasks_group()
    {
        _run.Add("tasks/add-login", "execute", StepStatus.Running);

        var (completion, client) = await ExecuteAsync(AgentSteps.Input(), Good);

        Assert.Equal(
            """{"summary":"Made it.","notes":"none","files":[{"path":"src/login.py","size":12}]}""", Encoding.UTF8.GetString(completion.Result.Span));
        var file = Assert.Single(completion.Artifacts);
        Assert.Equal(("src/login.py", "print('é')\n"), (file.Name, Encoding.UTF8.GetString(file.Content.Span)));
        Assert.Equal(ExpansionTarget.Self, completion.Expansion!.Into);
        var review = Assert.Single(completion.Expansion.Steps);
        Assert.Equal(("tasks/add-login/review-1", "review", new StepClass("default", "reviewer")), (review.Key, review.Definition, review.Class));
        Assert.Empty(review.DependsOn);
        Assert.Equal(1, RunJson.Read<RoundInput>(review.Input).Round);
        Assert.Equal("executor-model", client.Calls[0].Options.ModelId);
        Assert.Equal("Make a login form.", AgentSteps.Block(client.User(0), "task").GetProperty("description").GetString());
        Assert.Equal("with a form", AgentSteps.Block(client.User(0), "task").GetProperty("entries")[0].GetProperty("description").GetString());
        Assert.DoesNotContain("<results>", client.User(0), StringComparison.Ordinal);
        Assert.DoesNotContain("<notes>", client.User(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_accepted_version_of_each_dependency_is_in_the_prompt()
    {
        _run.AddWork("tasks/base", StepStatus.Succeeded, "first try", null, ("base.py", "old"));
        var accepted = _run.AddWork("tasks/base/execute-2", StepStatus.Succeeded, "second try", null, ("base.py", "new </results>"));
        _run["tasks/base"] = _run["tasks/base"] with { Accepted = accepted.Index };
        _run.Add("tasks/empty", "execute", StepStatus.Skipped);
        var step = _run.Add("tasks/add-login", "execute", StepStatus.Running, dependsOn: ["tasks/base", "tasks/empty"]);

        var (_, client) = await ExecuteAsync(AgentSteps.Input(), Good, index: step.Index);

        var result = Assert.Single(AgentSteps.Block(client.User(0), "results").EnumerateArray());
        Assert.Equal(("base", "second try"), (result.GetProperty("task").GetString(), result.GetProperty("summary").GetString()));
        Assert.Equal("new </results>", result.GetProperty("files")[0].GetProperty("content").GetString());
    }

    [Fact]
    public async Task A_revision_sees_all_notes_its_last_version_and_the_dependencies_and_adds_no_review()
    {
        _run.AddWork("tasks/base", StepStatus.Succeeded, "the base", null, ("base.py", "b"));
        _run.AddWork("tasks/add-login", StepStatus.Expanded, "first", ["tasks/base"], ("login.py", "v1"));
        _run.AddWork("tasks/add-login/execute-2", StepStatus.Succeeded, "second", null, ("login.py", "v2"));
        var step = _run.Add("tasks/add-login/execute-3", "execute", StepStatus.Running);
        var input = AgentSteps.Input().Next("first note", 3).Next("second </note></notes>", 3);

        var (completion, client) = await ExecuteAsync(input, Good, step.Index);

        Assert.Null(completion.Expansion);
        Assert.Equal("Round 1: first note\n\nRound 2: second </note>\\</notes>", AgentSteps.Text(client.User(0), "notes"));
        Assert.Equal("v2", AgentSteps.Block(client.User(0), "previous").GetProperty("files")[0].GetProperty("content").GetString());
        Assert.Equal("base", AgentSteps.Block(client.User(0), "results")[0].GetProperty("task").GetString());
    }

    [Fact]
    public async Task What_does_not_fit_is_cut_and_small_files_stay_whole()
    {
        _run.AddWork("tasks/base", StepStatus.Succeeded, "the base", null, ("big.py", new string('x', 200_000)), ("small.py", "small"));
        var step = _run.Add("tasks/add-login", "execute", StepStatus.Running, dependsOn: ["tasks/base"]);

        var (_, client) = await ExecuteAsync(AgentSteps.Input(), Good, step.Index);

        var files = AgentSteps.Block(client.User(0), "results")[0].GetProperty("files");
        Assert.Matches(@"^x{1000,} \[cut: \d+ more characters\]$", files[0].GetProperty("content").GetString());
        Assert.Equal("small", files[1].GetProperty("content").GetString());
        Assert.InRange(Encoding.UTF8.GetByteCount(client.System(0) + client.User(0)), 8192, 8192 / 2 * 3);
    }

    [Fact]
    public async Task Every_block_is_there_however_long_the_others_are()
    {
        var text = new string('y', 100_000);
        _run.AddWork("tasks/base", StepStatus.Succeeded, text, null, [.. Enumerable.Range(0, 300).Select(number => ($"f{number}.py", text))]);
        _run.AddWork("tasks/add-login", StepStatus.Expanded, text, ["tasks/base"], ("login.py", text));
        var step = _run.Add("tasks/add-login/execute-2", "execute", StepStatus.Running);

        var (_, client) = await ExecuteAsync(AgentSteps.Input(description: text).Next(text, 3), Good, step.Index);

        Assert.Matches(@"^Round 1: y{100,} \[cut: ", AgentSteps.Text(client.User(0), "notes"));
        Assert.All(new[] { "task", "previous", "results" }, name => Assert.NotEqual(JsonValueKind.Undefined, AgentSteps.Block(client.User(0), name).ValueKind));
        Assert.True(AgentSteps.Block(client.User(0), "results")[0].GetProperty("filesLeftOut").GetInt32() > 0);
        Assert.True(Encoding.UTF8.GetByteCount(client.System(0) + client.User(0)) <= 8192 / 2 * 3);
    }

    [Theory]
    [InlineData("""{"summary":"s","files":[{"path":"../a","content":""}],"notes":""}""", "The path '../a' has the component '..'")]
    [InlineData("""{"summary":"s","files":[{"path":"a","content":""},{"path":"A","content":""}],"notes":""}""", "The path 'a' is used 2 times")]
    [InlineData("""{"summary":"s","files":[{"path":"a","content":""},{"path":"a/b","content":""}],"notes":""}""", "The path 'a/b' lies in 'a', which is a file")]
    [InlineData("""{"summary":"s","files":[{"path":"not-accepted.md","content":""}],"notes":""}""", "is reserved")]
    [InlineData("""{"summary":" ","files":[],"notes":""}""", "`summary` is empty")]
    [InlineData("""{"summary":"s","files":[{"path":"a"}],"notes":""}""", "content")]
    public async Task A_bad_answer_goes_back(string bad, string error)
    {
        _run.Add("tasks/add-login", "execute", StepStatus.Running);

        var (completion, client) = await ExecuteAsync(AgentSteps.Input(), [bad, Good]);

        Assert.Contains(error, client.User(1), StringComparison.Ordinal);
        Assert.Equal("src/login.py", Assert.Single(completion.Artifacts).Name);
    }

    [Fact]
    public async Task Too_many_bytes_are_refused_naming_the_limit()
    {
        _run.Add("tasks/add-login", "execute", StepStatus.Running);
        var big = $$"""{"summary":"s","files":[{"path":"a","content":"{{new string('x', ContentLimits.Artifacts)}}"},{"path":"b","content":"x"}],"notes":""}""";
        var noisy = $$"""{"summary":"s","files":[],"notes":"{{new string('x', ContentLimits.Result)}}"}""";

        var (_, client) = await ExecuteAsync(AgentSteps.Input(), [big, noisy, Good]);

        Assert.Contains("16777217 bytes together; a task may have 16777216", client.User(1), StringComparison.Ordinal);
        Assert.Contains("at most 1048576 are allowed", client.User(2), StringComparison.Ordinal);
    }

    [Fact]
    public void Inputs_stay_within_the_limit_however_long_the_entries_are()
    {
        var input = AgentSteps.Input();
        var entries = Enumerable.Range(0, 20).Select(number => new TaskBriefEntry($"e{number}", "t", new string('x', 100_000)));

        var step = (input with { Task = input.Task with { Entries = [.. entries] } }).ExecutionStep(StandardWorkflow.Define(new()), []);

        Assert.InRange(step.Input.Length, 1, ContentLimits.Result);
    }

    [Fact]
    public async Task A_lost_content_is_no_reason_to_fail_for_good()
    {
        var step = _run.Add("tasks/add-login", "execute", StepStatus.Running, dependsOn: ["tasks/base"]);
        _run.Add("tasks/base", "execute", StepStatus.Succeeded);
        _run["tasks/base"] = _run["tasks/base"] with { Result = ContentHash.Of("gone"u8) };

        await Assert.ThrowsAsync<StoreDamagedException>(() => ExecuteAsync(AgentSteps.Input(), Good, step.Index));
    }

    private Task<(StepCompletion Completion, ScriptedChatClient Client)> ExecuteAsync(RoundInput input, string answer, int index = 0) =>
        ExecuteAsync(input, [answer], index);

    private async Task<(StepCompletion Completion, ScriptedChatClient Client)> ExecuteAsync(RoundInput input, string[] answers, int index = 0)
    {
        var client = new ScriptedChatClient(answers);
        var executor = new ExecuteStepExecutor(_ => client);
        var context = AgentSteps.Context(_run, input.ExecutionKey, "execute", RunJson.Write(input), index: index);
        return (await executor.ExecuteAsync(context, default), client);
    }
}
