namespace Ripieno.Backlogs;

/// <summary>A backlog as written, before names are resolved.</summary>
/// <param name="Title">Null when the text gives none.</param>
/// <param name="Entries">In the order written.</param>
internal sealed record BacklogDraft(string? Title, IReadOnlyList<BacklogDraftEntry> Entries);

/// <summary>A text and the line it stands in; null = no file.</summary>
internal sealed record LinedText(string Text, int? Line);

/// <summary>One entry as written.</summary>
internal sealed record BacklogDraftEntry(LinedText Title)
{
    public LinedText? Id { get; init; }

    public LinedText Description { get; init; } = new("", null);

    public LinedText? Priority { get; init; }

    public LinedText? Estimate { get; init; }

    /// <summary>Names of entries; one of them may still be a list separated by commas when <see cref="CommaSeparated"/>.</summary>
    public IReadOnlyList<LinedText> Dependencies { get; init; } = [];

    /// <summary>True in Markdown, where <c>Depends on: A, B</c> may mean two entries or one whose title has a comma.</summary>
    public bool CommaSeparated { get; init; }

    /// <summary>Ticked off: others may depend on it, but it is not worked on again.</summary>
    public bool Done { get; init; }
}
