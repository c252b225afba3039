using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Ripieno.Agents;
using Ripieno.Agents.Planning;
using Ripieno.Agents.Tasks;
using Ripieno.Backlogs;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Tests.Agents.Planning;

public sealed class PlanStepExecutorTests
{
    private const string SmallPrompt = "Plan.\n--- user ---\n{{backlog}}\n{{others}}";

    private static readonly Backlog Shop = new(
        "shop",
        [
            new("a", "Add login", "with a form", BacklogPriority.Low, TimeSpan.FromMinutes(150), []),
            new("b", "Add logout", "", BacklogPriority.High, null, ["a"]),
        ]);

    private const string GoodPlan =
        """{"summary":"Two tasks.","tasks":[{"id":"Login Form","title":"Login","description":"Do it.","entries":["a"],"dependsOn":[]},{"id":"logout","title":"Logout","description":"","entries":["b"],"dependsOn":[]}],"dropped":[]}""";

    [Fact]
    public async Task A_plan_becomes_a_result_a_page_and_a_step_for_each_task()
    {
        var (completion, client) = await PlanAsync(Shop, [GoodPlan]);

        var plan = RunJson.Read<Plan>(completion.Result);
        Assert.Equal(["login-form", "logout"], plan.Tasks.Select(task => task.Id));
        Assert.Equal(new(10, 5), completion.Usage);
        Assert.Equal(ExpansionTarget.Self, completion.Expansion!.Into);
        Assert.Equal(["tasks/login-form", "tasks/logout"], completion.Expansion.Steps.Select(step => step.Key));
        Assert.All(completion.Expansion.Steps, step => Assert.Equal(("execute", new StepClass("default", "executor")), (step.Definition, step.Class)));
        Assert.True(completion.Expansion.Steps[0].Priority < completion.Expansion.Steps[1].Priority);
        var input = RunJson.Read<RoundInput>(completion.Expansion.Steps[0].Input);
        Assert.Equal((1, 3, "with a form"), (input.Round, input.LastRound, input.Task.Entries.Single().Description));
        var page = Assert.Single(completion.Artifacts);
        Assert.Equal("plan.md", page.Name);
        Assert.Contains("## login-form: Login", Encoding.UTF8.GetString(page.Content.Span), StringComparison.Ordinal);
        Assert.Single(client.Calls);
    }

    [Fact]
    public async Task Dependencies_of_entries_that_the_planner_left_out_are_added()
    {
        var (completion, _) = await PlanAsync(Shop, [GoodPlan]);

        Assert.Empty(completion.Expansion!.Steps[0].DependsOn);
        Assert.Equal(["tasks/login-form"], completion.Expansion.Steps[1].DependsOn);
    }

    [Fact]
    public async Task The_call_carries_model_schema_progress_and_the_backlog_as_data()
    {
        var (_, client) = await PlanAsync(Shop, [GoodPlan]);

        var options = client.Calls[0].Options;
        Assert.Equal(("planner-model", 0.3f), (options.ModelId, options.Temperature));
        var format = Assert.IsType<ChatResponseFormatJson>(options.ResponseFormat);
        Assert.Equal("plan", format.Schema!.Value.GetProperty("title").GetString());
        Assert.False(format.Schema.Value.GetProperty("additionalProperties").GetBoolean());
        Assert.StartsWith("You are the planner", client.System(0), StringComparison.Ordinal);
        var entries = AgentSteps.Block(client.User(0), "backlog");
        Assert.Equal(
            """{"id":"a","title":"Add login","description":"with a form","priority":"low","estimate":"2h 30m","dependencies":[]}""",
            entries[0].GetRawText());
        Assert.Equal(JsonValueKind.Null, entries[1].GetProperty("estimate").ValueKind);
        Assert.Equal("a", entries[1].GetProperty("dependencies")[0].GetString());
        Assert.DoesNotContain("<others>", client.User(0), StringComparison.Ordinal);
        Assert.DoesNotContain(StoredRun.Id, client.User(0) + client.System(0), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"summary":"s","tasks":[],"dropped":[]}""", "`tasks` is empty")]
    [InlineData("""{"summary":"s","tasks":[{"id":"x","title":"t","description":"","entries":["a"],"dependsOn":[]}],"dropped":[]}""", "entry 'b' is in no task's `entries`")]
    [InlineData("""{"summary":"s","tasks":[{"id":"x","title":"t","description":"","entries":["a","b","c"],"dependsOn":[]}],"dropped":[]}""", "names the entry 'c', which is not in the backlog; its entries are: a, b")]
    [InlineData("""{"summary":"s","tasks":[{"id":"x","title":"t","description":"","entries":["a","b"],"dependsOn":["y"]}],"dropped":[]}""", "depends on 'y', which is no task")]
    [InlineData("""{"summary":"s","tasks":[{"id":"x","title":"t","description":"","entries":["a","b"],"dependsOn":["x"]}],"dropped":[]}""", "in a circle: x → x")]
    [InlineData("""{"summary":"s","tasks":[{"id":"x","title":"t","description":"","entries":["a"],"dependsOn":["y"]},{"id":"y","title":"t","description":"","entries":["b"],"dependsOn":["x"]}],"dropped":[]}""", "in a circle: x → y → x")]
    [InlineData("""{"summary":"s","tasks":[{"id":"x","title":"t","description":"","entries":["a"],"dependsOn":["y"]},{"id":"y","title":"t","description":"","entries":["b"],"dependsOn":[]}],"dropped":[]}""", "contradicts the dependencies of the backlog's entries")]
    [InlineData("""{"summary":"s","tasks":[{"id":"x","title":"t","description":"","entries":["a"],"dependsOn":[]},{"id":"x","title":"t","description":"","entries":["b"],"dependsOn":[]}],"dropped":[]}""", "task id 'x' is used 2 times")]
    [InlineData("""{"summary":"s","tasks":[{"id":" ","title":"t","description":"","entries":["a","b"],"dependsOn":[]}],"dropped":[]}""", "id of tasks[0] is empty")]
    [InlineData("""{"summary":"s","tasks":[{"id":"x","title":"","description":"","entries":["a","b"],"dependsOn":[]}],"dropped":[]}""", "title of task 'x' is empty")]
    [InlineData("""{"summary":"s","tasks":[{"id":"x","title":"t","description":"","entries":["a","b"],"dependsOn":[]}],"dropped":[{"entry":"b","reason":"r"}]}""", "both covered by task 'x' and dropped")]
    [InlineData("""{"summary":"s","tasks":[{"id":"x","title":"t","description":"","entries":["a"],"dependsOn":[]}],"dropped":[{"entry":"b","reason":" "}]}""", "dropped without a reason")]
    [InlineData("""{"summary":"s","tasks":[{"id":"x","title":"t","description":"","entries":["a","b"],"dependsOn":[]}],"dropped":[{"entry":"z","reason":"r"}]}""", "`dropped` names the entry 'z'")]
    [InlineData("""{"summary":"s","tasks":[{"id":"x","title":"t","description":"","entries":["a","b"],"dependsOn":[]}]}""", "dropped")]
    [InlineData("""{"summary":"s","tasks":[null],"dropped":[]}""", "null at byte 24 is not allowed")]
    [InlineData("""{"summary":"s","tasks":[],"tasks":[],"dropped":[]}""", "tasks")]
    [InlineData("""{"summary":"s","tasks":[],"dropped":[],"mood":"good"}""", "mood")]
    [InlineData("I would rather not.", "'I' is an invalid start")]
    [InlineData("", "The answer is empty")]
    public async Task A_bad_answer_goes_back_with_what_is_wrong_and_the_next_one_counts(string bad, string error)
    {
        var (completion, client) = await PlanAsync(Shop, [bad, GoodPlan]);

        Assert.Equal(2, completion.Expansion!.Steps.Length);
        Assert.Equal(new(20, 10), completion.Usage);
        var again = client.Calls[1].Messages;
        Assert.Equal([ChatRole.System, ChatRole.User, ChatRole.Assistant, ChatRole.User], again.Select(message => message.Role));
        Assert.Equal(client.User(0), again[1].Text);
        Assert.Equal(bad, again[2].Text);
        Assert.StartsWith("Your answer was not valid:\n- ", again[3].Text, StringComparison.Ordinal);
        Assert.Contains(error, again[3].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_third_bad_answer_fails_the_step_with_its_error_and_the_tokens_of_all()
    {
        var client = new ScriptedChatClient("one", "two", """{"summary":"s","tasks":[],"dropped":[]}""");

        var failure = await Assert.ThrowsAsync<StepFailedException>(() => PlanAsync(Shop, client));

        Assert.Contains("no valid plan in 3 answers", failure.Message, StringComparison.Ordinal);
        Assert.Contains("`tasks` is empty", failure.Message, StringComparison.Ordinal);
        Assert.Equal(new(30, 15), failure.Usage);
    }

    [Fact]
    public async Task A_dropped_entry_passes_its_dependencies_on()
    {
        var backlog = new Backlog("t", [Entry("a"), Entry("b", "a"), Entry("c", "b")]);
        var plan = """{"summary":"s","tasks":[{"id":"one","title":"t","description":"","entries":["a"],"dependsOn":[]},{"id":"three","title":"t","description":"","entries":["c"],"dependsOn":[]}],"dropped":[{"entry":"b","reason":"in a"}]}""";

        var (completion, _) = await PlanAsync(backlog, [plan]);

        Assert.Equal(["tasks/one"], completion.Expansion!.Steps[1].DependsOn);
        Assert.Contains("in a", Encoding.UTF8.GetString(completion.Artifacts[0].Content.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tasks_that_cover_an_entry_and_its_dependency_need_no_order()
    {
        var plan = """{"summary":"s","tasks":[{"id":"x","title":"t","description":"","entries":["a","b"],"dependsOn":[]},{"id":"y","title":"t","description":"","entries":["a","b"],"dependsOn":[]}],"dropped":[]}""";

        var (completion, _) = await PlanAsync(Shop, [plan]);

        Assert.All(completion.Expansion!.Steps, step => Assert.Empty(step.DependsOn));
    }

    [Fact]
    public async Task Ids_become_safe_and_stay_unique()
    {
        var plan = """{"summary":"s","tasks":[{"id":"../Ü b","title":"t","description":"","entries":["a"],"dependsOn":["..B"]},{"id":"..B","title":"t","description":"","entries":[],"dependsOn":[]},{"id":"日本","title":"日本","description":"","entries":["b"],"dependsOn":[]},{"id":"NUL","title":"t","description":"","entries":[],"dependsOn":[]}],"dropped":[]}""";

        var (completion, _) = await PlanAsync(Shop, [plan]);

        Assert.Equal(["tasks/b", "tasks/b-2", "tasks/task", "tasks/task-nul"], completion.Expansion!.Steps.Select(step => step.Key));
        Assert.Equal(["tasks/b-2"], completion.Expansion.Steps[0].DependsOn);
    }

    [Fact]
    public async Task A_backlog_too_large_for_one_prompt_is_planned_in_parts_and_joined()
    {
        var text = new string('x', 700);
        var backlog = new Backlog("big", [Entry("late", "first") with { Description = text }, Entry("first") with { Description = text }, Entry("last", "late") with { Description = text }]);
        var client = new ScriptedChatClient(PlanOf("work", "first"), PlanOf("work", "late"), PlanOf("work", "last"));
        var context = Context(backlog, AgentSteps.Snapshot(context: 900, prompt: SmallPrompt));

        var completion = await new PlanStepExecutor(_ => client).ExecuteAsync(context, default);

        Assert.Equal(["tasks/work", "tasks/work-2", "tasks/work-3"], completion.Expansion!.Steps.Select(step => step.Key));
        Assert.Equal([[], ["tasks/work"], ["tasks/work-2"]], completion.Expansion.Steps.Select(step => step.DependsOn.ToArray()));
        Assert.Equal(new(30, 15), completion.Usage);
        Assert.Equal("planning part 3 of 3: scripted is writing", context.Activity.Text);
        Assert.Equal(["first"], Ids(client.User(0), "backlog"));
        Assert.Equal(["late", "last"], Ids(client.User(0), "others"));
        Assert.Equal(["late"], Ids(client.User(1), "backlog"));
        Assert.Equal(["first", "last"], Ids(client.User(1), "others"));
        Assert.All(Enumerable.Range(0, 3), call => Assert.True(client.System(call)!.Length + Encoding.UTF8.GetByteCount(client.User(call)) <= 900 / 2 * 3));
    }

    [Fact]
    public void Hundreds_of_entries_stay_within_the_context_in_every_part()
    {
        var backlog = new Backlog("big", [.. Enumerable.Range(0, 300).Select(number => Entry($"entry-{number}"))]);
        var parts = PlanPrompts.Split(backlog.Entries, 1200);

        Assert.All(parts, part => Assert.True(part.Values.Values.Sum(Encoding.UTF8.GetByteCount) <= 1200));
        Assert.Equal(backlog.Entries.Select(entry => entry.Id), parts.SelectMany(part => part.Entries).Select(entry => entry.Id));
        Assert.Contains("\"more\":", parts[0].Values["others"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entry_too_large_for_any_prompt_is_shortened_with_a_mark()
    {
        var backlog = new Backlog("big", [Entry("a") with { Description = new string('é', 50_000) }]);
        var client = new ScriptedChatClient(PlanOf("x", "a"));

        await new PlanStepExecutor(_ => client).ExecuteAsync(Context(backlog, AgentSteps.Snapshot(context: 900, prompt: SmallPrompt)), default);

        var description = AgentSteps.Block(client.User(0), "backlog")[0].GetProperty("description").GetString()!;
        Assert.Matches(@"^é{100,} \[cut: \d+ more characters\]$", description);
        Assert.InRange(Encoding.UTF8.GetByteCount(client.User(0)), 900, 1350);
    }

    [Fact]
    public async Task More_tasks_than_the_workflow_may_have_steps_for_fail_the_plan()
    {
        var client = new ScriptedChatClient(GoodPlan);

        var failure = await Assert.ThrowsAsync<StepFailedException>(
            () => new PlanStepExecutor(_ => client).ExecuteAsync(Context(Shop, AgentSteps.Snapshot(maxSteps: 5)), default));

        Assert.Contains("at least 6 steps; maxSteps of workflow 'standard' is 5", failure.Message, StringComparison.Ordinal);
        Assert.Equal(new(10, 5), failure.Usage);
    }

    [Fact]
    public async Task A_prompt_that_leaves_no_room_fails_with_what_to_change()
    {
        var client = new ScriptedChatClient();

        var failure = await Assert.ThrowsAsync<StepFailedException>(
            () => new PlanStepExecutor(_ => client).ExecuteAsync(Context(Shop, AgentSteps.Snapshot(context: 1024)), default));

        Assert.Contains("Raise `context`", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_of_thousands_is_ordered_and_searched_without_recursion()
    {
        ImmutableArray<BacklogEntry> entries = [.. Enumerable.Range(0, 5_000).Select(number => Entry($"e{number}", number < 4_999 ? [$"e{number + 1}"] : []))];

        var ordered = EntryOrder.DependenciesFirst(entries);
        PlannedTask[] tasks = [.. entries.Select(entry => new PlannedTask(entry.Id, "t", "", [entry.Id], [], BacklogPriority.Medium))];
        var linked = TaskGraph.AddEntryOrder([.. tasks], entries, []);

        Assert.Equal("e4999", ordered[0].Id);
        Assert.Equal(["e1"], linked[0].DependsOn);
        Assert.Empty(TaskGraph.FindCycle(linked));
        Assert.Equal(5_001, TaskGraph.FindCycle([.. linked[..^1], linked[^1] with { DependsOn = ["e0"] }]).Length);
    }

    private static string[] Ids(string prompt, string block) =>
        [.. AgentSteps.Block(prompt, block).EnumerateArray().Select(entry => entry.GetProperty("id").GetString()!)];

    private static string PlanOf(string task, string entry) =>
        $$"""{"summary":"s","tasks":[{"id":"{{task}}","title":"t","description":"","entries":["{{entry}}"],"dependsOn":[]}],"dropped":[]}""";

    private static BacklogEntry Entry(string id, params string[] dependencies) =>
        new(id, $"Title of {id}", "", BacklogPriority.Medium, null, [.. dependencies]);

    private static StepContext Context(Backlog backlog, RunSnapshot? snapshot = null) =>
        AgentSteps.Context(new StoredRun(backlog), "plan", "plan", StandardWorkflow.Begin(StandardWorkflow.Define(new()), backlog).Input, snapshot);

    private static async Task<(StepCompletion Completion, ScriptedChatClient Client)> PlanAsync(Backlog backlog, string[] answers)
    {
        var client = new ScriptedChatClient(answers);
        return (await PlanAsync(backlog, client), client);
    }

    private static Task<StepCompletion> PlanAsync(Backlog backlog, ScriptedChatClient client) =>
        new PlanStepExecutor(_ => client).ExecuteAsync(Context(backlog), default);
}
