using System.Text;
using Microsoft.Extensions.AI;
using Ripieno.Agents.Answers;
using Ripieno.Agents.Artifacts;
using Ripieno.Agents.Coded;
using Ripieno.Agents.Prompts;
using Ripieno.Models;
using Ripieno.Storage;
using Ripieno.Workflows;
using Ripieno.Workflows.Composing;
using Ripieno.Workflows.Expressions;

namespace Ripieno.Agents.Custom;

/// <summary>Has an agent, a model or code of the program, do a step of a user's workflow: the first time, or once more after a review.</summary>
internal sealed class AgentStepExecutor(Func<ModelChoice, IChatClient> clientFor, CodedAgents coded) : IStepExecutor
{
    public string Name => WorkflowComposer.Agent;

    public async Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
    {
        var work = context.Definition.Work!;
        var input = StepInput.Read(context.Step.Input);
        var values = new RunValues(context, input);
        if (!await values.AreWantedAsync(cancellation))
            return StepOutcome.LeftOut();

        var agent = context.Snapshot.Agent(context.Definition.Agent!);
        var file = await FileAsync(work, values, context.Step.Key, cancellation);
        var before = await BeforeAsync(context, input, cancellation);
        var (answer, usage, files) = agent.Code && coded.Find(agent.Id) is CodedAgent.Work code
            ? await new CodedStep(context, agent, code, clientFor).DoAsync(values, before, cancellation)
            : await AskAsync(context, agent, values, before, cancellation);
        return new()
        {
            Result = new StepOutcome { Value = answer.Value }.Write(),
            Artifacts = [.. file is null ? [] : new[] { new ArtifactContent(file, Encoding.UTF8.GetBytes(answer.Text)) }, .. files.Where(other => other.Name != file)],
            // A later round was added together with its review.
            Expansion = work.Review is not null && input.Round == 1 ? new(ExpansionTarget.Self, [FirstReview(context, work.Review, input)]) : null,
            Usage = usage,
        };
    }

    private async Task<StepAnswer> AskAsync(
        StepContext context, AgentSnapshot agent, RunValues values, IReadOnlyList<(string Name, string Text)> before, CancellationToken cancellation)
    {
        var work = context.Definition.Work!;
        var prompt = await CustomPrompt.RenderAsync(agent, context.Definition, values, before, cancellation);
        var session = new AgentSession(clientFor(agent.Model), agent, context.Activity);
        var answer = await session.AskAsync(prompt, CustomAnswer.ShapeOf(work), one => one.Problems(work), label: null, cancellation);
        return new(answer, session.Usage, []);
    }

    private static Runs.StepSpec FirstReview(StepContext context, StepReview review, StepInput input) => StepSpecs.Of(
        context.Snapshot.Workflow.Step(review.Definition), Rounds.Review(context.Step.Key, 1),
        input with { Subject = context.Step.Key, LastRound = 1 + review.MaxRevisions }, []);

    /// <summary>The version that was sent back, and why.</summary>
    private static async Task<IReadOnlyList<(string Name, string Text)>> BeforeAsync(StepContext context, StepInput input, CancellationToken cancellation)
    {
        if (input.Subject is not { } subject)
            return [];
        var previous = await context.Store.StepAsync(context.RunId, Rounds.Work(subject, input.Round - 1), cancellation);
        return [(PromptNames.Previous, await Rounds.TextAsync(context, previous, cancellation)), (PromptNames.Notes, Rounds.Text(input.Notes))];
    }

    private static async Task<string?> FileAsync(StepWork work, RunValues values, string step, CancellationToken cancellation)
    {
        if (work.File is null)
            return null;
        var template = TextTemplate.Parse(work.File);
        await values.LoadAsync(template.Paths, cancellation);
        var name = template.Render(path => values.Of(path));
        return ArtifactName.Problem(name) is { } problem ? throw new StepFailedException($"The file name \"{name}\" of step '{step}' {problem}.") : name;
    }
}
