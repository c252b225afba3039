using System.Text;

namespace Ripieno.Agents.Reports;

/// <summary>What the reviewers said, for people: the artifact <c>review-notes.md</c>.</summary>
internal static class ReviewNotesMarkdown
{
    public const string FileName = "review-notes.md";

    public static string Write(RunReport report)
    {
        var text = new StringBuilder($"# Review notes: {MarkdownText.Line(report.Title)}\n");
        var reviewed = report.Tasks.Where(task => task.Rounds.Any(round => round.Verdict is not null)).ToList();
        if (reviewed.Count == 0)
            text.Append("\nNothing has been reviewed.\n");
        foreach (var task in reviewed)
        {
            text.Append($"\n## `{task.Task.Id}`: {MarkdownText.Line(task.Task.Title)}\n");
            foreach (var round in task.Rounds.Where(round => round.Verdict is not null))
            {
                text.Append($"\n### Round {round.Round}: {round.Verdict}\n");
                if (!string.IsNullOrWhiteSpace(round.Notes))
                    text.Append($"\n{MarkdownText.Quote(round.Notes)}\n");
            }
        }

        return text.ToString();
    }
}
