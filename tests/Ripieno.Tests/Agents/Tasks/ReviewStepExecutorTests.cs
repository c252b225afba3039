using System.Text;
using Ripieno.Agents;
using Ripieno.Agents.Tasks;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Tests.Agents.Tasks;

public sealed class ReviewStepExecutorTests : IAsyncDisposable
{
    private const string Approve = """{"verdict":"approve","notes":"fine"}""";
    private const string Revise = """{"verdict":"revise","notes":"login.py: hash the password"}""";

    private readonly StoredRun _run = new();

    public ValueTask DisposeAsync() => _run.DisposeAsync();

    public ReviewStepExecutorTests()
    {
        _run.AddWork("tasks/add-login", StepStatus.Expanded, "first", null, ("login.py", "v1"));
        _run.AddWork("tasks/add-login/execute-2", StepStatus.Succeeded, "second", null, ("login.py", "v2"));
        _run.AddWork("tasks/add-login/execute-3", StepStatus.Succeeded, "third", null, ("login.py", "v3"));
    }

    [Fact]
    public async Task An_approval_accepts_the_execution_of_its_round()
    {
        var (first, client) = await ReviewAsync(AgentSteps.Input(), Approve);
        var (second, _) = await ReviewAsync(AgentSteps.Input(round: 2), Approve);

        Assert.Equal("tasks/add-login", first.Accepts);
        Assert.Equal("tasks/add-login/execute-2", second.Accepts);
        Assert.Null(first.Expansion);
        Assert.Equal("""{"round":1,"approved":true,"notes":"fine"}""", Encoding.UTF8.GetString(first.Result.Span));
        Assert.Equal("reviewer-model", client.Calls[0].Options.ModelId);
        Assert.Equal("v1", AgentSteps.Block(client.User(0), "work").GetProperty("files")[0].GetProperty("content").GetString());
        Assert.Equal("notes of tasks/add-login", AgentSteps.Block(client.User(0), "work").GetProperty("notes").GetString());
        Assert.Equal("add-login", AgentSteps.Block(client.User(0), "task").GetProperty("id").GetString());
        Assert.DoesNotContain("<notes>", client.User(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_for_changes_adds_the_next_round_to_the_tasks_group()
    {
        var (completion, _) = await ReviewAsync(AgentSteps.Input(), Revise);

        Assert.Null(completion.Accepts);
        Assert.Equal(ExpansionTarget.Parent, completion.Expansion!.Into);
        var (execution, review) = (completion.Expansion.Steps[0], completion.Expansion.Steps[1]);
        Assert.Equal(("tasks/add-login/execute-2", "execute"), (execution.Key, execution.Definition));
        Assert.Equal(("tasks/add-login/review-2", "review"), (review.Key, review.Definition));
        Assert.Empty(execution.DependsOn);
        Assert.Equal(["tasks/add-login/execute-2"], review.DependsOn);
        Assert.True(execution.Input.Span.SequenceEqual(review.Input.Span));
        var input = RunJson.Read<RoundInput>(execution.Input);
        Assert.Equal((2, 3), (input.Round, input.LastRound));
        Assert.Equal([new RoundNotes(1, "login.py: hash the password")], input.Notes);
    }

    [Fact]
    public async Task Earlier_notes_are_shown_to_the_reviewer()
    {
        var (_, client) = await ReviewAsync(AgentSteps.Input().Next("add a test", 3), Approve);

        Assert.Equal("Round 1: add a test", AgentSteps.Text(client.User(0), "notes"));
        Assert.Equal("v2", AgentSteps.Block(client.User(0), "work").GetProperty("files")[0].GetProperty("content").GetString());
    }

    [Fact]
    public async Task When_the_revisions_are_used_up_the_review_fails_with_its_notes()
    {
        var failure = await Assert.ThrowsAsync<StepFailedException>(() => ReviewAsync(AgentSteps.Input(round: 3), Revise));

        Assert.Equal("Task 'add-login' was not accepted after 2 revisions: login.py: hash the password", failure.Message);
        Assert.Equal(new(10, 5), failure.Usage);
    }

    [Fact]
    public async Task An_exhausted_review_may_still_approve()
    {
        var (completion, _) = await ReviewAsync(AgentSteps.Input(round: 3), Approve);

        Assert.Equal("tasks/add-login/execute-3", completion.Accepts);
    }

    [Fact]
    public async Task A_retry_opens_a_full_budget_of_rounds_and_numbering_goes_on()
    {
        var (completion, _) = await ReviewAsync(AgentSteps.Input(round: 3), Revise, generation: 2);

        Assert.Equal(["tasks/add-login/execute-4", "tasks/add-login/review-4"], completion.Expansion!.Steps.Select(step => step.Key));
        Assert.Equal((4, 5), (RunJson.Read<RoundInput>(completion.Expansion.Steps[0].Input).Round, RunJson.Read<RoundInput>(completion.Expansion.Steps[0].Input).LastRound));
    }

    [Theory]
    [InlineData("""{"verdict":"maybe","notes":"x"}""", "`verdict` is 'maybe'; it must be 'approve' or 'revise'")]
    [InlineData("""{"verdict":"revise","notes":" "}""", "`notes` is empty")]
    [InlineData("""{"verdict":"approve"}""", "notes")]
    public async Task A_bad_answer_goes_back(string bad, string error)
    {
        var (completion, client) = await ReviewAsync(AgentSteps.Input(), bad, Approve);

        Assert.Contains(error, client.User(1), StringComparison.Ordinal);
        Assert.Equal("tasks/add-login", completion.Accepts);
    }

    [Fact]
    public async Task The_last_notes_are_shortened_in_a_reason_and_in_the_next_rounds_input()
    {
        var verbose = $$"""{"verdict":"revise","notes":"{{new string('n', 100_000)}}"}""";

        var failure = await Assert.ThrowsAsync<StepFailedException>(() => ReviewAsync(AgentSteps.Input(round: 3), verbose));
        var (completion, _) = await ReviewAsync(AgentSteps.Input(), verbose);

        Assert.InRange(failure.Message.Length, 8_000, 8_200);
        Assert.InRange(completion.Expansion!.Steps[0].Input.Length, 16_000, 17_000);
        Assert.InRange(completion.Result.Length, 100_000, 100_100);
    }

    private Task<(StepCompletion Completion, ScriptedChatClient Client)> ReviewAsync(RoundInput input, string answer, int generation = 1) =>
        ReviewAsync(input, [answer], generation);

    private Task<(StepCompletion Completion, ScriptedChatClient Client)> ReviewAsync(RoundInput input, string first, string second) =>
        ReviewAsync(input, [first, second], 1);

    private async Task<(StepCompletion Completion, ScriptedChatClient Client)> ReviewAsync(RoundInput input, string[] answers, int generation)
    {
        var client = new ScriptedChatClient(answers);
        var executor = new ReviewStepExecutor(_ => client);
        var context = AgentSteps.Context(
            _run, $"tasks/add-login/review-{input.Round}", "review", RunJson.Write(input), index: 9, generation: generation);
        return (await executor.ExecuteAsync(context, default), client);
    }
}
