using System.Collections.Immutable;
using Ripieno.Configuration;
using Ripieno.Runs;
using Ripieno.Workflows;
using Ripieno.Workflows.Composing;

namespace Ripieno.Tests.Workflows.Composing;

public sealed class WorkflowComposerTests
{
    private static readonly AgentOptions[] Agents = [new() { Id = "writer", Queue = "desk" }, new() { Id = "editor" }];

    [Fact]
    public void A_step_waits_for_what_it_mentions_and_for_what_it_names()
    {
        var workflow = Compose(
            Step("a"), Step("b"), Step("c") with { DependsOn = ["a"], Prompt = "{{b.title}}", Trigger = Trigger.AllDone },
            Step("d") with { ForEach = "c.list", When = "a == 'x'", Input = Texts(("text", "{{b}}")) },
            Step("e") with { File = "{{d.0}}.md", Review = new() { Agent = "editor", Prompt = "{{a}}" } });

        Assert.Equal(["a", "b"], workflow.Step("c").DependsOn);
        Assert.Equal(["a", "b", "c"], workflow.Step("d").DependsOn);
        Assert.Equal(["a", "d"], workflow.Step("e").DependsOn);
        Assert.Equal(Trigger.AllDone, workflow.Step("c").Trigger);
        Assert.Equal(["a", "b", "c", "d", "e"], workflow.StepsIn(null).Select(step => step.Id));
    }

    [Fact]
    public void A_group_waits_for_what_its_steps_mention_outside_of_it()
    {
        var workflow = Compose(
            Step("a"), Step("b"),
            Group("g", Step("x") with { Prompt = "{{a}}" }, Group("h", Step("y") with { Prompt = "{{x}} {{b}} {{item}}" }) with { ForEach = "x" }));

        Assert.Equal(["a", "b"], workflow.Step("g").DependsOn);
        Assert.Equal(["g/x"], workflow.Step("g/h").DependsOn);
        Assert.Empty(workflow.Step("g/h[]/y").DependsOn);
        Assert.Equal(["x", "h"], workflow.StepsIn("g").Select(step => step.Id));
        Assert.Equal(["y"], workflow.StepsIn("g/h[]").Select(step => step.Id));
    }

    [Fact]
    public void Queues_limits_and_rules_go_with_the_steps()
    {
        var retry = new RetryPolicy(9, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3));
        var workflow = WorkflowComposer.Compose(
            "w",
            new() { MaxSteps = 7, MaxParallel = 3, Priority = 5, Steps = [Step("a") with { Retry = retry, TimeLimit = TimeSpan.FromSeconds(4), Priority = 2, Review = new() { Agent = "editor", MaxRevisions = 6 } }, Step("b") with { Queue = "own" }] },
            Agents, out var problems);

        Assert.Empty(problems);
        Assert.Equal((7, 3, 5), (workflow.MaxSteps, workflow.MaxParallel, workflow.Priority));
        var step = workflow.Step("a");
        Assert.Equal((retry, TimeSpan.FromSeconds(4), 2, new StepClass("desk", "writer")), (step.Retry, step.TimeLimit, step.Priority, step.Class));
        Assert.Equal(new StepClass("own", "writer"), workflow.Step("b").Class);
        Assert.Equal((new StepClass("default", "editor"), 6), (workflow.Step("a:review").Class, workflow.Step("a:review").Work!.Review!.MaxRevisions));
    }

    [Fact]
    public void A_condition_on_the_item_is_asked_of_each_item_and_any_other_once()
    {
        var workflow = Compose(Step("a"), Step("b") with { ForEach = "a", When = "item.done" }, Step("c") with { ForEach = "a", When = "a" });

        Assert.Equal((null, "item.done"), (workflow.Step("b").Work!.When, workflow.Step("b[]").Work!.When));
        Assert.Equal("a", workflow.Step("c").Work!.When);
    }

    public static TheoryData<string, string, string> Mistakes { get; } = new()
    {
        { "twice", "steps[a]#2.id", "a second time" },
        { "reserved", "steps[item].id", "the word \"item\"" },
        { "dotted", "steps[a.b].id", "\"a.b\"" },
        { "nothing", "steps[a]", "neither \"agent\" nor \"steps\"" },
        { "both", "steps[a]", "both \"agent\" and \"steps\"" },
        { "agent", "steps[a].agent", "the unknown agent \"writr\"" },
        { "reviewer", "steps[a].review.agent", "the unknown agent \"nobody\"" },
        { "unknown step", "steps[a].dependsOn", "the unknown step \"b\"" },
        { "itself", "steps[a].dependsOn", "the step itself" },
        { "mention", "steps[a].prompt", "the unknown value \"b.x\"" },
        { "mention itself", "steps[a].prompt", "which is the step itself" },
        { "mention its group", "steps[g].steps[x].prompt", "which is the group that it is in" },
        { "placeholder", "steps[a].input.text", "the placeholder {{a b}}" },
        { "item", "steps[a].prompt", "\"item\" outside of a \"forEach\"" },
        { "list of itself", "steps[a].forEach", "which is the step itself" },
        { "list", "steps[a].forEach", "\"a b\"" },
        { "when", "steps[a].when", "its end where a value was expected" },
        { "circle", "steps[a]", "a circle: a → b → a" },
        { "circle by mention", "steps[a]", "a circle: a → b → a" },
        { "circle by group", "steps[a]", "a circle: a → g → a" },
        { "items", "steps[a].itemsDependOn", "without \"forEach\"" },
        { "group prompt", "steps[g].prompt", "\"prompt\" of a group" },
        { "schema", "steps[a].answer", "the unknown type 5" },
        { "schema elsewhere", "steps[a].answer", "the keyword \"$ref\"" },
        { "schema keyword", "steps[a].answer", "the keyword \"prefixItems\"" },
        { "schema pattern", "steps[a].answer", "no regular expression" },
        { "file", "steps[a].file", "\"../x\", which" },
        { "summary", "steps[a].file", "the run's own summary" },
        { "told nothing", "steps[b]", "nothing that the agent is told" },
        { "member", "steps[a].prompt", "the group has no step \"y\"" },
        { "input name", "steps[a].input.work", "which prompts use" },
        { "inner step", "steps[b].prompt", "the unknown value \"x\"" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Each_mistake_is_told_with_its_place(string mistake, string place, string found)
    {
        ImmutableArray<WorkflowStepOptions> steps = mistake switch
        {
            "twice" => [Step("a"), Step("a")],
            "reserved" => [Step("item")],
            "dotted" => [Step("a.b")],
            "nothing" => [Step("a") with { Agent = null, Prompt = "" }],
            "both" => [Step("a") with { Steps = [Step("b")] }],
            "agent" => [Step("a") with { Agent = "writr" }],
            "reviewer" => [Step("a") with { Review = new() { Agent = "nobody" } }],
            "unknown step" => [Step("a") with { DependsOn = ["b"] }],
            "itself" => [Step("a") with { DependsOn = ["a"] }],
            "mention" => [Step("a") with { Prompt = "{{b.x}}" }],
            "mention itself" => [Step("a") with { Prompt = "{{a}}" }],
            "mention its group" => [Group("g", Step("x") with { Prompt = "{{g}}" })],
            "placeholder" => [Step("a") with { Input = Texts(("text", "{{a b}}")) }],
            "item" => [Step("a") with { Prompt = "{{item}}" }],
            "list of itself" => [Step("a") with { ForEach = "a" }],
            "list" => [Step("a") with { ForEach = "a b" }],
            "when" => [Step("a") with { When = "input ==" }],
            "circle" => [Step("a") with { DependsOn = ["b"] }, Step("b") with { DependsOn = ["a"] }],
            "circle by mention" => [Step("a") with { Prompt = "{{b}}" }, Step("b") with { When = "a == 1" }],
            "circle by group" => [Step("a") with { Prompt = "{{g}}" }, Group("g", Step("x") with { Prompt = "{{a}}" })],
            "items" => [Step("a") with { ItemsDependOn = "after" }],
            "group prompt" => [Group("g", Step("x")) with { Prompt = "Do" }],
            "schema" => [Step("a") with { Answer = """{ "type": 5 }""" }],
            "schema elsewhere" => [Step("a") with { Answer = """{ "properties": { "x": { "$ref": "http://example.org/s.json" } } }""" }],
            "schema keyword" => [Step("a") with { Answer = """{ "prefixItems": [ { "type": "string" } ] }""" }],
            "schema pattern" => [Step("a") with { Answer = """{ "properties": { "x": { "pattern": "(" } } }""" }],
            "file" => [Step("a") with { File = "../x" }],
            "summary" => [Step("a") with { File = "Summary.md" }],
            "told nothing" => [Step("a"), Step("b") with { Prompt = "" }],
            "member" => [Step("a") with { Prompt = "{{g.y}} {{g.x}}" }, Group("g", Step("x"))],
            "input name" => [Step("a") with { Input = Texts(("work", "x")) }],
            "inner step" => [Group("g", Step("x")), Step("b") with { Prompt = "{{x}}" }],
            _ => [],
        };

        WorkflowComposer.Compose("w", new() { Steps = steps }, Agents, out var problems);

        var problem = Assert.Single(problems);
        Assert.Equal(place, problem.Place);
        Assert.Contains(found, problem.Found, StringComparison.Ordinal);
    }

    private static WorkflowDefinition Compose(params ImmutableArray<WorkflowStepOptions> steps)
    {
        var workflow = WorkflowComposer.Compose("w", new() { Steps = steps }, Agents, out var problems);
        Assert.Empty(problems);
        return workflow;
    }

    private static WorkflowStepOptions Step(string id) => new() { Id = id, Agent = "writer", Prompt = "Do it" };

    private static WorkflowStepOptions Group(string id, params ImmutableArray<WorkflowStepOptions> steps) => new() { Id = id, Steps = steps };

    private static ImmutableDictionary<string, string> Texts(params (string Name, string Text)[] texts) => texts.ToImmutableDictionary(text => text.Name, text => text.Text, StringComparer.Ordinal);
}
