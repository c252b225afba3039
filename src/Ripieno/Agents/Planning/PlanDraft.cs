using System.Collections.Immutable;
using Ripieno.Agents.Answers;
using Ripieno.Backlogs;

namespace Ripieno.Agents.Planning;

/// <summary>From checked answers, one for each part of the backlog, to the plan.</summary>
internal static class PlanDraft
{
    /// <summary>The answer's tasks under the planner's own ids.</summary>
    public static ImmutableArray<PlannedTask> TasksOf(PlanAnswer answer, IReadOnlyList<BacklogEntry> entries)
    {
        var priorities = entries.ToDictionary(entry => entry.Id, entry => entry.Priority, StringComparer.Ordinal);
        return
        [
            .. answer.Tasks.Select(task => new PlannedTask(
                task.Id,
                task.Title.ReplaceLineEndings(" ").Trim(),
                task.Description,
                [.. task.Entries.Distinct(StringComparer.Ordinal)],
                [.. task.DependsOn.Distinct(StringComparer.Ordinal)],
                task.Entries.IsEmpty ? BacklogPriority.Medium : task.Entries.Max(entry => priorities[entry]))),
        ];
    }

    /// <summary>Joins the answers: ids made safe and unique, the order of the whole backlog's entries added.</summary>
    public static Plan Join(IReadOnlyList<PlanAnswer> answers, IReadOnlyList<BacklogEntry> entries)
    {
        var ids = new TaskIds();
        var tasks = ImmutableArray.CreateBuilder<PlannedTask>();
        foreach (var answer in answers)
        {
            var part = TasksOf(answer, entries);
            var names = part.ToDictionary(task => task.Id, task => ids.Name(task.Id, task.Title), StringComparer.Ordinal);
            tasks.AddRange(part.Select(task => task with { Id = names[task.Id], DependsOn = [.. task.DependsOn.Select(id => names[id])] }));
        }

        ImmutableArray<DroppedEntry> dropped = [.. answers.SelectMany(answer => answer.Dropped).DistinctBy(drop => drop.Entry, StringComparer.Ordinal)];
        return new(
            string.Join("\n\n", answers.Select(answer => answer.Summary.Trim()).Where(summary => summary.Length > 0)),
            TaskGraph.AddEntryOrder(tasks.DrainToImmutable(), entries, dropped),
            dropped);
    }
}
