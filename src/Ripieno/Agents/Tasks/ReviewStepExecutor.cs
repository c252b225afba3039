using Microsoft.Extensions.AI;
using Ripieno.Agents.Answers;
using Ripieno.Agents.Prompts;
using Ripieno.Models;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Agents.Tasks;

/// <summary>Has an execution reviewed, and accepts it, or adds another round, or gives up.</summary>
internal sealed class ReviewStepExecutor(Func<ModelChoice, IChatClient> clientFor) : IStepExecutor
{
    /// <summary>A failed step keeps its reason only, so the last notes are in it; a reason is also shown in tables and logs.</summary>
    private const int MaxReason = 8_000;

    public string Name => StandardWorkflow.Review;

    public async Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
    {
        var input = RunJson.Read<RoundInput>(context.Step.Input);
        var agent = context.Snapshot.Agent(StandardAgents.Reviewer);
        var session = new AgentSession(clientFor(agent.Model), agent, context.Activity);
        var template = PromptTemplate.Parse(agent.Prompt, PromptNames.Of(agent.Id), $"prompt of agent '{agent.Id}'");
        var values = await ValuesAsync(context, input, PromptBudget.Of(agent, template), cancellation);
        var answer = await session.AskAsync(template.Render(values), ReviewAnswer.Shape, ReviewAnswer.Problems, label: null, cancellation);
        var notes = answer.Notes.Trim();
        var approved = answer.Verdict == ReviewAnswer.Approve;

        // Whoever retries an exhausted review wants the task to go on: every generation begins with a full budget of rounds.
        var lastRound = context.Step.Generation > 1 ? input.Round + context.Snapshot.MaxRevisions : input.LastRound;
        if (!approved && input.Round >= lastRound)
            throw session.Failed($"Task '{input.Task.Id}' was not accepted after {ReviewAnswer.Revisions(input.Round - 1)}: {LongText.Of(notes).Cut(MaxReason)}");

        return new()
        {
            Result = RunJson.Write(new Review(input.Round, approved, notes)),
            Accepts = approved ? input.ExecutionKey : null,
            Expansion = approved ? null : NextRound(input.Next(notes, lastRound), context.Snapshot.Workflow),
            Usage = session.Usage,
        };
    }

    private static StepExpansion NextRound(RoundInput next, WorkflowDefinition workflow) =>
        new(ExpansionTarget.Parent, [next.ExecutionStep(workflow, []), next.ReviewStep(workflow, [next.ExecutionKey])]);

    private static async Task<Dictionary<string, string>> ValuesAsync(
        StepContext context, RoundInput input, int budget, CancellationToken cancellation)
    {
        var execution = await context.Store.StepAsync(context.RunId, input.ExecutionKey, cancellation);
        var result = execution.Result ?? throw new InvalidDataException($"Run '{context.RunId}' has no result of step '{execution.Key}' to review.");
        var work = await ReadWork.ReadAsync(context.Store, context.RunId, execution.Index, task: null, budget, cancellation);

        var task = TaskBlocks.Task(input.Task, budget / 2);
        budget -= PromptBudget.SizeOf(task);
        var notes = TaskBlocks.Notes(input.Notes, budget / 3);
        budget -= PromptBudget.SizeOf(notes);
        return new()
        {
            [PromptNames.Task] = task,
            [PromptNames.Notes] = notes,
            [PromptNames.Work] = TaskBlocks.Work(PromptNames.Work, work, budget),
        };
    }
}
