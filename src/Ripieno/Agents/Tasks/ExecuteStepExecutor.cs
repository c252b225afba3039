using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.AI;
using Ripieno.Agents.Answers;
using Ripieno.Agents.Artifacts;
using Ripieno.Agents.Prompts;
using Ripieno.Models;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Agents.Tasks;

/// <summary>Has a task done: in its first round, or once more after a review.</summary>
internal sealed class ExecuteStepExecutor(Func<ModelChoice, IChatClient> clientFor) : IStepExecutor
{
    public string Name => StandardWorkflow.Execute;

    public async Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
    {
        var input = RunJson.Read<RoundInput>(context.Step.Input);
        var agent = context.Snapshot.Agent(StandardAgents.Executor);
        var session = new AgentSession(clientFor(agent.Model), agent, context.Activity);
        var template = PromptTemplate.Parse(agent.Prompt, PromptNames.Of(agent.Id), $"prompt of agent '{agent.Id}'");
        var values = await ValuesAsync(context, input, PromptBudget.Of(agent, template), cancellation);
        var answer = await session.AskAsync(template.Render(values), WorkAnswer.Shape, Check, label: null, cancellation);

        ImmutableArray<ArtifactContent> artifacts = [.. answer.Files.Select(file => new ArtifactContent(file.Path, Encoding.UTF8.GetBytes(file.Content)))];
        return new()
        {
            Result = RunJson.Write(ToWork(answer)),
            Artifacts = artifacts,
            // A later round was added together with its review.
            Expansion = input.Round == 1 ? new(ExpansionTarget.Self, [input.ReviewStep(context.Snapshot.Workflow, [])]) : null,
            Usage = session.Usage,
        };
    }

    private static async Task<Dictionary<string, string>> ValuesAsync(
        StepContext context, RoundInput input, int budget, CancellationToken cancellation)
    {
        var results = await ResultsAsync(context, input, budget, cancellation);
        var previous = input.Round > 1 ? await PreviousAsync(context, input, budget, cancellation) : null;

        // In the order of what the work cannot do without; what one leaves over is there for the next.
        var values = new Dictionary<string, string>();
        void Add(string name, Func<int, string> block, bool moreToCome, double share)
        {
            values[name] = block(moreToCome ? (int)(budget * share) : budget);
            budget -= PromptBudget.SizeOf(values[name]);
        }

        Add(PromptNames.Task, room => TaskBlocks.Task(input.Task, room), previous is not null || !results.IsEmpty, 0.5);
        Add(PromptNames.Notes, room => TaskBlocks.Notes(input.Notes, room), previous is not null || !results.IsEmpty, 0.5);
        if (previous is not null)
            Add(PromptNames.Previous, room => TaskBlocks.Work(PromptNames.Previous, previous, room), !results.IsEmpty, 0.66);
        Add(PromptNames.Results, room => TaskBlocks.Results(results, room), false, 1);
        return values;
    }

    private static async Task<ImmutableArray<ReadWork>> ResultsAsync(
        StepContext context, RoundInput input, int keep, CancellationToken cancellation)
    {
        // The task's dependencies are those of its group, whose first execution the group's own step is.
        var group = input.Round == 1
            ? context.Step.Lease.StepIndex
            : (await context.Store.StepAsync(context.RunId, StandardWorkflow.TaskKey(input.Task.Id), cancellation)).Index;
        var works = ImmutableArray.CreateBuilder<ReadWork>();
        foreach (var dependency in await context.Store.ListDependenciesAsync(context.RunId, group, cancellation))
        {
            if (dependency.Result is { } result && StandardWorkflow.TaskOf(dependency.Key) is { } task)
                works.Add(await ReadWork.ReadAsync(context.Store, context.RunId, dependency.ResultStep, task, keep, cancellation));
        }

        return works.DrainToImmutable();
    }

    private static async Task<ReadWork?> PreviousAsync(StepContext context, RoundInput input, int keep, CancellationToken cancellation)
    {
        var step = await context.Store.StepAsync(context.RunId, input.PreviousKey, cancellation);
        return step.Result is { } result
            ? await ReadWork.ReadAsync(context.Store, context.RunId, step.Index, task: null, keep, cancellation)
            : null;
    }

    private static Work ToWork(WorkAnswer answer) => new(
        answer.Summary.Trim(),
        answer.Notes.Trim(),
        [.. answer.Files.Select(file => new WorkFile(file.Path, Encoding.UTF8.GetByteCount(file.Content)))]);

    private static IReadOnlyList<string> Check(WorkAnswer answer)
    {
        List<string> errors = [.. ArtifactName.Problems([.. answer.Files.Select(file => file.Path)])];
        if (string.IsNullOrWhiteSpace(answer.Summary))
            errors.Add("`summary` is empty.");
        var size = answer.Files.Sum(file => (long)Encoding.UTF8.GetByteCount(file.Content));
        if (size > ContentLimits.Artifacts)
            errors.Add($"The files have {size} bytes together; a task may have {ContentLimits.Artifacts}.");
        if (errors.Count == 0 && RunJson.Write(ToWork(answer)).Length is > ContentLimits.Result and var result)
            errors.Add($"`summary`, `notes` and the list of files take {result} bytes; at most {ContentLimits.Result} are allowed.");
        return errors;
    }
}
