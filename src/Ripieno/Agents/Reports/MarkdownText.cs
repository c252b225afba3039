namespace Ripieno.Agents.Reports;

/// <summary>Texts of models and users in places of a Markdown page where a line break would break the page.</summary>
internal static class MarkdownText
{
    public static string Line(string text) => text.ReplaceLineEndings(" ").Trim();

    /// <summary>For a table's cell.</summary>
    public static string Cell(string text) => Line(text).Replace("|", "\\|", StringComparison.Ordinal);

    /// <summary>As a quotation, so that headings in it are not headings of the page.</summary>
    public static string Quote(string text) =>
        string.Join('\n', text.Trim().ReplaceLineEndings("\n").Split('\n').Select(line => line.Length == 0 ? ">" : "> " + line));
}
