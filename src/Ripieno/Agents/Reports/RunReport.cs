using System.Collections.Immutable;
using Ripieno.Agents.Planning;
using Ripieno.Backlogs;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Agents.Reports;

/// <summary>A run of the standard workflow as its steps tell it, finished or not.</summary>
internal sealed record RunReport
{
    private const int EventPage = 500;

    public required string Title { get; init; }

    public required Backlog? Backlog { get; init; }

    /// <summary>The step that plans.</summary>
    public required StepRecord? PlanStep { get; init; }

    /// <summary>Null while there is none.</summary>
    public required Plan? Plan { get; init; }

    /// <summary>In the order of the plan.</summary>
    public required ImmutableArray<TaskReport> Tasks { get; init; }

    /// <summary>Steps that another model answered than the one chosen, with the story of each.</summary>
    public ImmutableArray<(string Step, string Text)> Fallbacks { get; init; } = [];

    public TokenUsage Usage => Tasks.Aggregate(PlanStep?.Usage ?? default, (sum, task) => sum + task.Usage);

    /// <exception cref="NotFoundException">No such run.</exception>
    public static async Task<RunReport> ReadAsync(IStore store, string runId, CancellationToken cancellation)
    {
        var run = await store.FindRunAsync(runId, cancellation) ?? throw new NotFoundException($"There is no run '{runId}'.");
        var steps = (await store.AllStepsAsync(runId, cancellation)).ToDictionary(step => step.Key, StringComparer.Ordinal);
        var planStep = steps.GetValueOrDefault(StandardWorkflow.PlanKey);
        var plan = planStep?.Result is not null ? await store.ResultAsync<Plan>(runId, planStep.Index, cancellation) : null;
        var tasks = ImmutableArray.CreateBuilder<TaskReport>();
        foreach (var task in plan?.Tasks ?? [])
        {
            if (steps.TryGetValue(StandardWorkflow.TaskKey(task.Id), out var group))
                tasks.Add(new(task, group, await TaskReport.RoundsAsync(store, runId, task.Id, steps, cancellation)));
        }

        return new()
        {
            Title = run.Title,
            Backlog = run.InputHash is { } input ? StandardWorkflow.ReadBacklog(await store.ContentAsync(runId, input, cancellation)) : null,
            PlanStep = planStep,
            Plan = plan,
            Tasks = tasks.DrainToImmutable(),
            Fallbacks = await FallbacksAsync(store, run, cancellation),
        };
    }

    /// <summary>Most runs name no fallback; their events are not read.</summary>
    private static async Task<ImmutableArray<(string Step, string Text)>> FallbacksAsync(IStore store, RunRecord run, CancellationToken cancellation)
    {
        if (await store.FindSnapshotAsync(run.SnapshotHash, cancellation) is not { } stored || RunSnapshots.Read(stored).Agents.All(agent => agent.Model.Fallback is null))
            return [];
        var fallbacks = ImmutableArray.CreateBuilder<(string, string)>();
        for (var after = 0L; ;)
        {
            var page = await store.ListEventsAsync(run.Id, after, EventPage, cancellation);
            foreach (var happened in page.Where(one => one.Kind == RunEventKind.FallbackAnswered))
                fallbacks.Add((happened.StepKey ?? "", happened.Detail ?? ""));
            if (page.Count < EventPage)
                return fallbacks.DrainToImmutable();
            after = page[^1].Number;
        }
    }

    public TaskReport? Task(string id) => Tasks.FirstOrDefault(task => task.Task.Id == id);
}
