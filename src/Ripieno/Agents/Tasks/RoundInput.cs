using System.Collections.Immutable;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Agents.Tasks;

/// <summary>Input of an execution and of the review after it.</summary>
/// <param name="Task">What is to be done.</param>
/// <param name="Round">From 1; goes into the keys of the steps.</param>
/// <param name="LastRound">The round after whose review there are no more revisions.</param>
/// <param name="Notes">What reviewers asked for in earlier rounds.</param>
internal sealed record RoundInput(TaskBrief Task, int Round, int LastRound, ImmutableArray<RoundNotes> Notes)
{
    public string ExecutionKey => StandardWorkflow.ExecutionKey(Task.Id, Round);

    public string PreviousKey => StandardWorkflow.ExecutionKey(Task.Id, Round - 1);

    /// <param name="notes">Why there is another round.</param>
    /// <param name="lastRound">See <see cref="LastRound"/>.</param>
    public RoundInput Next(string notes, int lastRound) => this with
    {
        Round = Round + 1,
        LastRound = lastRound,
        Notes = [.. Notes, RoundNotes.Of(Round, notes)],
    };

    public StepSpec ExecutionStep(WorkflowDefinition workflow, ImmutableArray<string> dependsOn) =>
        Step(workflow.Step(StandardWorkflow.Execute), ExecutionKey, dependsOn, Round == 1 ? 0 : 1);

    public StepSpec ReviewStep(WorkflowDefinition workflow, ImmutableArray<string> dependsOn) =>
        Step(workflow.Step(StandardWorkflow.Review), StandardWorkflow.ReviewKey(Task.Id, Round), dependsOn, 1);

    private StepSpec Step(StepDefinition definition, string key, ImmutableArray<string> dependsOn, int urgency) => new()
    {
        Key = key,
        Definition = definition.Name,
        Class = definition.Class,
        DependsOn = dependsOn,
        Trigger = definition.Trigger,
        Priority = Task.StepPriority + urgency,
        Input = Fitted(),
    };

    // The entries' own texts are a help; the planner's description is the task.
    private byte[] Fitted()
    {
        var whole = RunJson.Write(this);
        if (whole.Length <= ContentLimits.Result)
            return whole;
        return RunJson.Write(this with { Task = Task with { Entries = [.. Task.Entries.Select(entry => entry with { Description = "" })] } });
    }
}

/// <summary>What a reviewer asked for.</summary>
internal sealed record RoundNotes(int Round, string Notes)
{
    /// <summary>Long notes are shortened to this in the inputs of the rounds that follow; the review's own result has them whole.</summary>
    private const int Longest = 16_000;

    public static RoundNotes Of(int round, string notes) => new(round, Prompts.LongText.Of(notes).Cut(Longest));
}
