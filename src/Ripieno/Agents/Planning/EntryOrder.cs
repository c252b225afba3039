using System.Collections.Immutable;
using Ripieno.Backlogs;

namespace Ripieno.Agents.Planning;

internal static class EntryOrder
{
    /// <summary>The entries as written, save that each comes after those that it depends on. The backlog has no cycle.</summary>
    public static ImmutableArray<BacklogEntry> DependenciesFirst(IReadOnlyList<BacklogEntry> entries)
    {
        var byId = entries.ToDictionary(entry => entry.Id, StringComparer.Ordinal);
        var placed = new HashSet<string>(StringComparer.Ordinal);
        var ordered = ImmutableArray.CreateBuilder<BacklogEntry>(entries.Count);
        foreach (var start in entries)
        {
            // With a stack of its own: a backlog may be a chain of thousands.
            var open = new Stack<(BacklogEntry Entry, int Next)>([(start, 0)]);
            while (open.TryPop(out var visit))
            {
                if (placed.Contains(visit.Entry.Id))
                    continue;
                if (visit.Next == visit.Entry.Dependencies.Length)
                {
                    placed.Add(visit.Entry.Id);
                    ordered.Add(visit.Entry);
                    continue;
                }

                open.Push((visit.Entry, visit.Next + 1));
                if (byId.TryGetValue(visit.Entry.Dependencies[visit.Next], out var dependency))
                    open.Push((dependency, 0));
            }
        }

        return ordered.DrainToImmutable();
    }
}
