using System.Text.Json.Nodes;

namespace Ripieno.Models.Simulated;

/// <summary>The files of one task: a note in Markdown and, where the title speaks of code, a stub.</summary>
internal static class WorkAnswer
{
    /// <summary>Null when the prompt has no readable <c>task</c> block.</summary>
    public static JsonObject? For(string prompt, SeededRandom random)
    {
        if (PromptBlock.Json(prompt, "task") is not { } task || PromptBlock.Property(task, "title") is not { Length: > 0 } title)
            return null;
        var id = PromptBlock.Property(task, "id") is { Length: > 0 } given ? given : title;
        var description = PromptBlock.Property(task, "description") is { Length: > 0 } text ? text : title;
        var notes = PromptBlock.Text(prompt, "notes") is { Length: > 0 } written ? written : null;

        var files = new JsonArray(File($"{Slug.Of(id)}.md", Note(title, description, notes, random)));
        if (CodeStub.For(title, description) is { } stub)
            files.Add(File($"src/{Slug.Of(id)}{stub.Extension}", stub.Content));
        return new JsonObject
        {
            ["summary"] = notes is null ? $"Done: {title}." : $"Done: {title}. The reviewer's notes were addressed.",
            ["files"] = files,
            ["notes"] = notes is null ? SimulatedText.Remark(random) : $"Addressed the reviewer's notes: {FirstLine(notes)}",
        };
    }

    private static JsonObject File(string path, string content) => new() { ["path"] = path, ["content"] = content };

    private static string Note(string title, string description, string? notes, SeededRandom random)
    {
        var revision = notes is null ? "" : $"\n## Changes after review\n\nThe notes were addressed:\n\n> {notes.ReplaceLineEndings("\n> ")}\n";
        return $"""
            # {title}

            {description}

            ## What was done

            - {SimulatedText.Sentence(random)}
            - {SimulatedText.Sentence(random)}
            {revision}
            _Written by the simulated model._

            """.ReplaceLineEndings("\n");
    }

    private static string FirstLine(string text) => text.AsSpan().EnumerateLines() is var lines && lines.MoveNext() ? lines.Current.ToString() : text;
}
