using System.Collections.Immutable;
using Ripieno.Agents.Answers;
using Ripieno.Backlogs;

namespace Ripieno.Agents.Planning;

/// <summary>The order among tasks: what the planner said, and what follows from the order among the backlog's entries.</summary>
internal static class TaskGraph
{
    /// <summary>
    /// Adds what the backlog demands: if entry B depends on A, every task of B depends on the tasks of A. A dropped entry passes the demand on to
    /// its own dependencies. Two tasks that both cover both entries may stand in any order.
    /// </summary>
    public static ImmutableArray<PlannedTask> AddEntryOrder(
        ImmutableArray<PlannedTask> tasks, IReadOnlyList<BacklogEntry> entries, IReadOnlyCollection<DroppedEntry> dropped)
    {
        var tasksOf = tasks
            .SelectMany(task => task.Entries.Select(entry => (Entry: entry, Task: task)))
            .ToLookup(pair => pair.Entry, pair => pair.Task, StringComparer.Ordinal);
        var needed = NeededEntries(entries, dropped.Select(entry => entry.Entry).ToHashSet(StringComparer.Ordinal));
        return
        [
            .. tasks.Select(task => task with
            {
                DependsOn =
                [
                    .. task.DependsOn
                        .Concat(
                            from entry in task.Entries
                            from need in needed.GetValueOrDefault(entry, [])
                            from other in tasksOf[need]
                            where !other.Entries.Contains(entry) || !task.Entries.Contains(need)
                            select other.Id)
                        .Distinct(StringComparer.Ordinal),
                ],
            }),
        ];
    }

    /// <summary>Ids around a cycle, the first one again at the end; empty when there is none. Unknown ids are ignored.</summary>
    public static ImmutableArray<string> FindCycle(IReadOnlyList<PlannedTask> tasks)
    {
        var byId = tasks.ToDictionary(task => task.Id, StringComparer.Ordinal);
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var start in tasks)
        {
            // With a stack of its own: a backlog may be a chain of thousands.
            var path = new List<string>();
            var onPath = new HashSet<string>(StringComparer.Ordinal);
            var open = new Stack<(string Id, int Next)>([(start.Id, 0)]);
            while (open.TryPop(out var visit))
            {
                if (visit.Next == 0)
                {
                    if (onPath.Contains(visit.Id))
                        return [.. path.SkipWhile(id => id != visit.Id), visit.Id];
                    if (done.Contains(visit.Id) || !byId.ContainsKey(visit.Id))
                        continue;
                    path.Add(visit.Id);
                    onPath.Add(visit.Id);
                }

                var dependsOn = byId[visit.Id].DependsOn;
                if (visit.Next < dependsOn.Length)
                {
                    open.Push((visit.Id, visit.Next + 1));
                    open.Push((dependsOn[visit.Next], 0));
                    continue;
                }

                done.Add(visit.Id);
                onPath.Remove(visit.Id);
                path.RemoveAt(path.Count - 1);
            }
        }

        return [];
    }

    private static Dictionary<string, ImmutableArray<string>> NeededEntries(IReadOnlyList<BacklogEntry> entries, HashSet<string> dropped)
    {
        var needed = new Dictionary<string, ImmutableArray<string>>(StringComparer.Ordinal);
        foreach (var entry in EntryOrder.DependenciesFirst(entries))
        {
            needed[entry.Id] =
            [
                .. entry.Dependencies
                    .SelectMany(id => dropped.Contains(id) ? needed.GetValueOrDefault(id, []) : [id])
                    .Distinct(StringComparer.Ordinal),
            ];
        }

        return needed;
    }
}
