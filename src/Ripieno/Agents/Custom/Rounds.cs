using System.Collections.Immutable;
using System.Text.Json;
using Ripieno.Agents.Tasks;
using Ripieno.Storage;
using Ripieno.Workflows.Expressions;

namespace Ripieno.Agents.Custom;

/// <summary>The rounds of a step that is reviewed. The first is the step itself, which becomes the group of all that follows.</summary>
internal static class Rounds
{
    public static string Work(string subject, int round) => round == 1 ? subject : $"{subject}/revision-{round}";

    public static string Review(string subject, int round) => $"{subject}/review-{round}";

    public static string Text(ImmutableArray<RoundNotes> notes) => string.Join("\n\n", notes.Select(note => $"Round {note.Round}: {note.Notes}"));

    /// <summary>What a round has come to.</summary>
    public static async Task<string> TextAsync(StepContext context, StepRecord step, CancellationToken cancellation) =>
        ValueText.Of(await ValueAsync(context, step, cancellation));

    /// <inheritdoc cref="TextAsync"/>
    public static async Task<JsonElement?> ValueAsync(StepContext context, StepRecord step, CancellationToken cancellation) =>
        await context.Store.FindResultAsync(context.RunId, step.Index, cancellation) is { } stored
            ? StepOutcome.Read(stored).Value
            : throw new InvalidDataException($"Run '{context.RunId}' has no result of step '{step.Key}'.");
}
