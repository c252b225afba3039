using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ripieno.Models.Simulated;

/// <summary>A verdict on a task's work; at the given rate a request for a revision, with reasons.</summary>
internal static class ReviewAnswer
{
    private static readonly string[] Wishes =
    [
        "State what happens when the input is empty.",
        "Name the file that has to change and the line where it starts.",
        "The second point repeats the first; keep one of them.",
        "Add an example that a reader can run.",
        "Say how the result can be checked.",
        "The error case is not covered; describe what the user sees.",
    ];

    public static JsonObject For(string prompt, SeededRandom random, double revisionRate)
    {
        var title = PromptBlock.Json(prompt, "task") is { ValueKind: JsonValueKind.Object } task ? PromptBlock.Property(task, "title") : "";
        var work = title.Length > 0 ? $"The work on \"{title}\"" : "The work";
        var revise = random.Fraction() < revisionRate;
        return new JsonObject
        {
            ["verdict"] = revise ? "revise" : "approve",
            ["notes"] = revise ? $"{work} is not complete yet. {TwoWishes(random)}" : $"{work} does what was asked and is easy to follow.",
        };
    }

    private static string TwoWishes(SeededRandom random)
    {
        var first = (int)random.Between(0, Wishes.Length - 1);
        var second = (first + (int)random.Between(1, Wishes.Length - 1)) % Wishes.Length;
        return $"{Wishes[first]} {Wishes[second]}";
    }
}
