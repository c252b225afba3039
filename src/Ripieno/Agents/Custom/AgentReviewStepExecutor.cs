using Microsoft.Extensions.AI;
using Ripieno.Agents.Answers;
using Ripieno.Agents.Coded;
using Ripieno.Agents.Prompts;
using Ripieno.Agents.Tasks;
using Ripieno.Models;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;
using Ripieno.Workflows.Composing;
using Ripieno.Workflows.Expressions;

namespace Ripieno.Agents.Custom;

/// <summary>Has the work of a step reviewed, and accepts it, or adds another round, or gives up.</summary>
internal sealed class AgentReviewStepExecutor(Func<ModelChoice, IChatClient> clientFor, CodedAgents coded) : IStepExecutor
{
    /// <summary>A failed step keeps its reason only, so the last notes are in it; a reason is also shown in tables and logs.</summary>
    private const int MaxReason = 8_000;

    public string Name => WorkflowComposer.Review;

    public async Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
    {
        var input = StepInput.Read(context.Step.Input);
        var subject = input.Subject!;
        var done = Rounds.Work(subject, input.Round);
        var agent = context.Snapshot.Agent(context.Definition.Agent!);
        var work = await Rounds.ValueAsync(context, await context.Store.StepAsync(context.RunId, done, cancellation), cancellation);
        IReadOnlyList<(string Name, string Text)> data = [(PromptNames.Work, ValueText.Of(work)), (PromptNames.Notes, Rounds.Text(input.Notes))];
        var (answer, usage) = agent.Code && coded.Find(agent.Id) is CodedAgent.Work code
            ? await new CodedStep(context, agent, code, clientFor).ReviewAsync(new(context, input), work, data, cancellation)
            : await AskAsync(context, agent, new(context, input), data, cancellation);
        var notes = answer.Notes.Trim();
        var approved = answer.Verdict == ReviewAnswer.Approve;

        // Whoever retries an exhausted review wants the work to go on: every generation begins with a full budget of rounds.
        var lastRound = context.Step.Generation > 1 ? input.Round + context.Definition.Work!.Review!.MaxRevisions : input.LastRound;
        if (!approved && input.Round >= lastRound)
            throw new StepFailedException($"'{subject}' was not accepted after {ReviewAnswer.Revisions(input.Round - 1)}: {LongText.Of(notes).Cut(MaxReason)}", usage);

        return new()
        {
            Result = RunJson.Write(new Review(input.Round, approved, notes)),
            Accepts = approved ? done : null,
            Expansion = approved ? null : NextRound(context, input.Next(notes, lastRound), subject),
            Usage = usage,
        };
    }

    private async Task<(ReviewAnswer Answer, TokenUsage Usage)> AskAsync(
        StepContext context, AgentSnapshot agent, RunValues values, IReadOnlyList<(string Name, string Text)> data, CancellationToken cancellation)
    {
        var prompt = await CustomPrompt.RenderAsync(agent, context.Definition, values, data, cancellation);
        var session = new AgentSession(clientFor(agent.Model), agent, context.Activity);
        return (await session.AskAsync(prompt, ReviewAnswer.Shape, ReviewAnswer.Problems, label: null, cancellation), session.Usage);
    }

    private static StepExpansion NextRound(StepContext context, StepInput next, string subject)
    {
        var workflow = context.Snapshot.Workflow;
        var work = workflow.Steps.First(step => step.Executor == WorkflowComposer.Agent && step.Work?.Review?.Definition == context.Definition.Name);
        var key = Rounds.Work(subject, next.Round);
        return new(ExpansionTarget.Parent, [StepSpecs.Of(work, key, next, []), StepSpecs.Of(context.Definition, Rounds.Review(subject, next.Round), next, [key])]);
    }
}
