using System.Collections.Immutable;
using System.Text.Json;
using Ripieno.Agents;
using Ripieno.Backlogs;
using Ripieno.Configuration;
using Ripieno.Runs;

namespace Ripieno.Workflows;

/// <summary>
/// The built-in workflow <c>standard</c>: plan, execute and review each task, summary. A run begins with two steps; the plan adds
/// <c>tasks/ID</c> for each task, an execution adds its review, a review that asks for changes adds the next execution and its review.
/// </summary>
internal static class StandardWorkflow
{
    public const string Name = "standard";

    /// <summary>Definitions of its steps, which are also the names of the executors behind them.</summary>
    public const string Plan = "plan";
    public const string Execute = "execute";
    public const string Review = "review";
    public const string Summarize = "summarize";

    public const string PlanKey = "plan";
    public const string SummaryKey = "summary";

    private const string TaskPrefix = "tasks/";

    public static string TaskKey(string task) => TaskPrefix + task;

    /// <summary>Key of the execution of a round, from 1. The first is the task's group itself.</summary>
    public static string ExecutionKey(string task, int round) => round == 1 ? TaskKey(task) : $"{TaskKey(task)}/execute-{round}";

    public static string ReviewKey(string task, int round) => $"{TaskKey(task)}/review-{round}";

    /// <summary>The task that a step belongs to; null for the plan and the summary.</summary>
    public static string? TaskOf(string stepKey) =>
        stepKey.StartsWith(TaskPrefix, StringComparison.Ordinal) ? stepKey[TaskPrefix.Length..].Split('/')[0] : null;

    public static WorkflowDefinition Define(StandardWorkflowOptions options)
    {
        var retry = RetryPolicy.Default with { MaxAttempts = options.MaxAttempts };
        StepDefinition Step(string name, string? agent, bool template) => new()
        {
            Name = name,
            Executor = name,
            Agent = agent,
            Template = template,
            Retry = retry,
            TimeLimit = options.TimeLimit,
        };

        return new()
        {
            Name = Name,
            MaxSteps = options.MaxSteps,
            StopOnFailure = options.StopOnFailure,
            Steps =
            [
                Step(Plan, StandardAgents.Planner, template: false),
                Step(Execute, StandardAgents.Executor, template: true),
                Step(Review, StandardAgents.Reviewer, template: true),
                Step(Summarize, agent: null, template: false) with { DependsOn = [Plan], Trigger = Trigger.AllDone },
            ],
        };
    }

    /// <summary>What a run of the workflow begins with. The run's input is the backlog, which is also the plan's.</summary>
    public static (ImmutableArray<StepSpec> Steps, ReadOnlyMemory<byte> Input) Begin(WorkflowDefinition workflow, Backlog backlog)
    {
        ReadOnlyMemory<byte> input = JsonSerializer.SerializeToUtf8Bytes(backlog, WorkflowJson.Default.Backlog);
        var plan = workflow.Step(Plan);
        var summary = workflow.Step(Summarize);
        return (
            [
                new() { Key = PlanKey, Definition = plan.Name, Class = plan.Class, Trigger = plan.Trigger, Input = input },
                new()
                {
                    Key = SummaryKey, Definition = summary.Name, Class = summary.Class, Trigger = summary.Trigger, DependsOn = [PlanKey],
                },
            ],
            input);
    }

    /// <summary>The backlog that <see cref="Begin"/> wrote.</summary>
    public static Backlog ReadBacklog(ReadOnlyMemory<byte> input) =>
        JsonSerializer.Deserialize(input.Span, WorkflowJson.Default.Backlog)
        ?? throw new InvalidDataException("The run's backlog is the JSON value null.");
}
