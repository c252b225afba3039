using System.Text;
using Ripieno.Agents.Reports;
using Ripieno.Backlogs;

namespace Ripieno.Agents.Planning;

/// <summary>The plan for people: the artifact <c>plan.md</c>.</summary>
internal static class PlanMarkdown
{
    public const string FileName = "plan.md";

    public static string Write(Plan plan, Backlog backlog)
    {
        var entries = backlog.Entries.ToDictionary(entry => entry.Id, StringComparer.Ordinal);
        string EntryText(string id) => $"{MarkdownText.Line(entries[id].Title)} (`{id}`)";

        var text = new StringBuilder();
        text.Append($"# Plan: {MarkdownText.Line(backlog.Title)}\n\n{plan.Summary.Trim()}\n\n");
        text.Append($"{plan.Tasks.Length} tasks for {backlog.Entries.Length} entries.\n");
        foreach (var task in plan.Tasks)
        {
            text.Append($"\n## {task.Id}: {MarkdownText.Line(task.Title)}\n\n");
            text.Append($"- Priority: {task.Priority.ToString().ToLowerInvariant()}\n");
            if (!task.Entries.IsEmpty)
                text.Append($"- Entries: {string.Join(", ", task.Entries.Select(EntryText))}\n");
            if (!task.DependsOn.IsEmpty)
                text.Append($"- Depends on: {string.Join(", ", task.DependsOn.Select(id => $"`{id}`"))}\n");
            if (!string.IsNullOrWhiteSpace(task.Description))
                text.Append($"\n{task.Description.Trim()}\n");
        }

        if (!plan.Dropped.IsEmpty)
            text.Append("\n## Dropped entries\n\n");
        foreach (var drop in plan.Dropped)
            text.Append($"- {EntryText(drop.Entry)}: {MarkdownText.Line(drop.Reason)}\n");
        return text.ToString();
    }
}
