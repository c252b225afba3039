using System.Text;
using Microsoft.Extensions.AI;
using Ripieno.Agents.Answers;
using Ripieno.Agents.Prompts;
using Ripieno.Agents.Tasks;
using Ripieno.Backlogs;
using Ripieno.Models;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Agents.Planning;

/// <summary>Asks the planner for tasks, checks that they cover the backlog, and adds a step for each.</summary>
internal sealed class PlanStepExecutor(Func<ModelChoice, IChatClient> clientFor) : IStepExecutor
{
    public string Name => StandardWorkflow.Plan;

    public async Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
    {
        var backlog = StandardWorkflow.ReadBacklog(context.Step.Input);
        var agent = context.Snapshot.Agent(StandardAgents.Planner);
        var session = new AgentSession(clientFor(agent.Model), agent, context.Activity);
        var template = PromptTemplate.Parse(agent.Prompt, PromptNames.Of(agent.Id), $"prompt of agent '{agent.Id}'");
        var parts = PlanPrompts.Split(backlog.Entries, PromptBudget.Of(agent, template));
        var answers = new List<PlanAnswer>();
        foreach (var part in parts)
        {
            answers.Add(await session.AskAsync(
                template.Render(part.Values),
                PlanAnswer.Shape,
                answer => PlanCheck.Find(answer, part.Entries, mayBeEmpty: parts.Length > 1),
                parts.Length > 1 ? $"planning part {answers.Count + 1} of {parts.Length}" : null,
                cancellation));
        }

        var plan = PlanDraft.Join(answers, backlog.Entries);
        var result = RunJson.Write(plan);
        Refuse(plan, result, context.Snapshot.Workflow, session);
        return new()
        {
            Result = result,
            Artifacts = [new(PlanMarkdown.FileName, Encoding.UTF8.GetBytes(PlanMarkdown.Write(plan, backlog)))],
            Expansion = new(ExpansionTarget.Self, [.. plan.Tasks.Select(task => FirstStep(task, backlog, context.Snapshot))]),
            Usage = session.Usage,
        };
    }

    private static void Refuse(Plan plan, byte[] result, WorkflowDefinition workflow, AgentSession session)
    {
        if (plan.Tasks.IsEmpty)
            throw session.Failed("The planner dropped every entry of the backlog; `plan` needs at least one task.");
        if (TaskGraph.FindCycle(plan.Tasks) is { Length: > 0 } cycle)
            throw session.Failed($"The parts of the plan depend on each other in a circle: {string.Join(" → ", cycle)}.");

        // Plan and summary, and for each task an execution and a review.
        var steps = 2 + 2L * plan.Tasks.Length;
        if (steps > workflow.MaxSteps)
        {
            throw session.Failed(
                $"The plan has {plan.Tasks.Length} tasks, which take at least {steps} steps; maxSteps of workflow '{workflow.Name}' is {workflow.MaxSteps}. "
                + "Raise maxSteps, or run a smaller backlog.");
        }

        if (result.Length > ContentLimits.Result)
        {
            throw session.Failed(
                $"The plan takes {result.Length} bytes; a step's result may have {ContentLimits.Result}. Run a smaller backlog.");
        }
    }

    private static Runs.StepSpec FirstStep(PlannedTask task, Backlog backlog, RunSnapshot snapshot)
    {
        var entries = backlog.Entries.Where(entry => task.Entries.Contains(entry.Id));
        var brief = new TaskBrief(
            task.Id, task.Title, task.Description, [.. entries.Select(entry => new TaskBriefEntry(entry.Id, entry.Title, entry.Description))], task.Priority);
        return new RoundInput(brief, Round: 1, LastRound: 1 + snapshot.MaxRevisions, Notes: [])
            .ExecutionStep(snapshot.Workflow, [.. task.DependsOn.Select(StandardWorkflow.TaskKey)]);
    }
}
