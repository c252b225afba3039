using System.Text.Json.Nodes;
using Ripieno.Configuration.Shapes;
using Ripieno.Runs;

namespace Ripieno.Configuration;

/// <summary>Keys of the user's own workflows.</summary>
internal static class WorkflowKeys
{
    /// <summary>Groups inside of groups: more than a reader follows, and few enough for a schema that is written out.</summary>
    private const int Levels = 3;

    private const int LongestText = 100_000;

    private static readonly WorkflowOptions Workflow = new();
    private static readonly WorkflowStepOptions Step = new() { Id = "" };
    private static readonly LinesShape Lines = new(LongestText);
    private static readonly TextShape Path = new("where a value is, such as input.files or plan.tasks", text => text.Length is > 0 and <= 1024);
    private static readonly TextShape Condition = new("a condition such as triage.kind == 'bug'", text => text.Length is > 0 and <= 4096);

    public static IReadOnlyList<string> Triggers { get; } = ["all-succeeded", "all-done"];

    public static IReadOnlyList<string> Failures { get; } = ["continue", "stop"];

    /// <summary>For users' workflows and the built-in one.</summary>
    public static Key OnFailure { get; } = new(
        "onFailure", new ChoiceShape(Failures, [], ""), "When a step has failed for good: continue = what waits for it is skipped, other branches go on; stop = nothing more begins, but for steps with all-done.", Failures[0]);

    public static IReadOnlyList<string> Decisions { get; } = ["approve", "reject"];

    public static IReadOnlyList<string> Rejections { get; } = ["fail", "go-on"];

    public static ListShape StepList { get; } = Steps(Levels);

    public static ObjectShape Own { get; } = new(
        new Key("description", ConfigurationTexts.Text, "One line for lists of workflows."),
        new Key("maxSteps", new NumberShape(1, 1_000_000, Whole: true), "Bound on the steps of one run.", Workflow.MaxSteps),
        new Key("maxParallel", new NumberShape(0, 100_000, Whole: true), "Steps of one run that may execute at once; 0 = no bound.", Workflow.MaxParallel),
        OnFailure,
        new Key("priority", new NumberShape(-1_000_000, 1_000_000, Whole: true), "Of its runs, where --priority does not say another; higher runs go first.", Workflow.Priority),
        CallbackKeys.OfWorkflow,
        new Key("steps", StepList, "What is done. Steps that do not wait for each other run at the same time.") { Required = true });

    public static bool StopsOnFailure(string? name) => name == Failures[1];

    public static string FailureName(bool stops) => Failures[stops ? 1 : 0];

    public static Trigger TriggerOf(string? name) => name == Triggers[1] ? Trigger.AllDone : Trigger.AllSucceeded;

    private static ListShape Steps(int levels)
    {
        List<Key> keys =
        [
            new("id", ConfigurationTexts.StepId, "Name of the step; in the texts of others it stands for its result.") { Required = true },
            new("agent", ConfigurationTexts.Name, "Agent that does the work."),
            new("prompt", Lines, "What the agent is told. {{input}}, {{STEP}}, {{item}} and what lies inside of them (plan.tasks.0.title) stand for values."),
            new("input", new MapShape(Lines), "Data for the agent by name, each a text as \"prompt\"; the agent's prompt file may mention the names."),
            new("answer", new AnswerFormatShape(), "What the agent answers: \"text\", \"json\", or a JSON schema that the answer must satisfy.", AnswerFormatShape.Text),
            new("file", Lines, "Name of the file that the answer becomes, for example {{item.id}}.md."),
            new("review", Review(), "Who looks at the answer before it counts."),
            new("approval", Approval(), "People decide, in place of \"agent\": ripieno approve RUN STEP."),
            new("forEach", Path, "Where a list is: the step is done for each of its items."),
            new("itemsDependOn", ConfigurationTexts.Name, "Member of an item that lists the \"id\"s of the items that it waits for."),
            new("when", Condition, "The step is left out when this does not hold: STEP.kind == 'bug', input.size > 3 and not item.done, STEP.labels contains 'urgent'."),
            new("dependsOn", new ListShape(ConfigurationTexts.StepId), "Steps that it waits for, besides those that it mentions.", new JsonArray()),
            new("trigger", new ChoiceShape(Triggers, [], ""), "all-succeeded = skipped when one that it waits for failed; all-done = done in any case.", Triggers[0]),
            new("queue", ConfigurationTexts.Name, "Queue on which it waits. Default: the agent's."),
            new("priority", new NumberShape(-1000, 1000, Whole: true), "Among the ready steps of its run; higher goes first.", Step.Priority),
            new("retry", Retry(), "What follows when a try fails."),
            new("timeLimit", ConfigurationTexts.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)), "Time limit of one try, without the time in which its model calls wait for their turn at an endpoint.", DurationText.Format(Step.TimeLimit)),
        ];
        Shape inner = levels > 1 ? Steps(levels - 1) : new TextShape("no group: they may be in groups, but not deeper than that", _ => false);
        keys.Insert(2, new("steps", inner, "Steps of a group, in place of \"agent\"; its result has theirs by their ids."));
        return new(new ObjectShape([.. keys]), "id") { NotEmpty = true };
    }

    private static ObjectShape Review()
    {
        var review = new WorkflowReviewOptions { Agent = "" };
        return new(
            new Key("agent", ConfigurationTexts.Name, "Agent that reviews.") { Required = true },
            new Key("prompt", Lines, "What the reviewer is told besides the work."),
            new Key("maxRevisions", new NumberShape(0, 100, Whole: true), "Times that the reviewer may send the work back.", review.MaxRevisions));
    }

    private static ObjectShape Approval() => new(
        new Key("prompt", Lines, "What is asked."),
        new Key("timeLimit", ConfigurationTexts.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(3600)), "Time after which it is decided by \"default\". Default: it waits for ever."),
        new Key("default", new ChoiceShape(Decisions, [], ""), "What is decided when the time is over.", Decisions[1]),
        new Key("onReject", new ChoiceShape(Rejections, [], ""), "fail = what waits for it is skipped and the run fails; go-on = the decision is a value like any other (STEP.approved).", Rejections[0]));

    private static ObjectShape Retry() => new(
        new Key("maxAttempts", new NumberShape(1, 100, Whole: true), "Tries in all. Waiting for an endpoint and lost instances cost none.", RetryPolicy.Default.MaxAttempts),
        new Key("firstDelay", ConfigurationTexts.Duration(TimeSpan.Zero, TimeSpan.FromDays(1)), "Pause after the first failed try; doubles with each.", DurationText.Format(RetryPolicy.Default.FirstDelay)),
        new Key("maxDelay", ConfigurationTexts.Duration(TimeSpan.Zero, TimeSpan.FromDays(1)), "Bound of the pause.", DurationText.Format(RetryPolicy.Default.MaxDelay)));
}
