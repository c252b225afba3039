using System.Collections.Immutable;

namespace Ripieno.Backlogs;

/// <summary>A checked backlog: names resolved, no cycle, every entry with an id.</summary>
/// <param name="Title">What the run is called: the file's name without extension, the Markdown title, or the sentence itself.</param>
/// <param name="Entries">In the order written.</param>
internal sealed record Backlog(string Title, ImmutableArray<BacklogEntry> Entries);

/// <summary>One entry of a backlog.</summary>
/// <param name="Id">Given in the file, else derived from the title (lower case, dashes), made unique. Letters, digits, <c>-</c>, <c>_</c>, <c>.</c>.</param>
/// <param name="Title">One line.</param>
/// <param name="Description">Free text, possibly empty.</param>
/// <param name="Priority">Urgency as written.</param>
/// <param name="Estimate">Work expected; null when the entry gives none.</param>
/// <param name="Dependencies">Ids of entries that must be done first.</param>
internal sealed record BacklogEntry(
    string Id, string Title, string Description, BacklogPriority Priority, TimeSpan? Estimate, ImmutableArray<string> Dependencies);

internal enum BacklogPriority
{
    Low,
    Medium,
    High,
}
