using System.Collections.Immutable;
using System.Text.Json;
using Ripieno.Models.Simulated;

namespace Ripieno.Simulator;

/// <summary>What a chat request asks for, whichever protocol carried it.</summary>
internal sealed record ChatCall(
    string Model, bool Stream, int? Context, double? Temperature, int? MaxTokens, JsonElement? Schema, ImmutableArray<SimulatedMessage> Messages)
{
    public string? SchemaTitle => Schema is { } schema && PromptBlock.Property(schema, "title") is { Length: > 0 } title ? title : null;
}

/// <summary>An answer and its cost.</summary>
/// <param name="Text">All of it, or what fitted into the tokens allowed.</param>
/// <param name="Finish"><c>stop</c>, or <c>length</c> when the answer was cut.</param>
/// <param name="InputTokens">Tokens of the messages.</param>
/// <param name="OutputTokens">Tokens of <paramref name="Text"/>.</param>
/// <param name="Computed">Time that the answer takes.</param>
/// <param name="Loaded">Time that the model took to load before it.</param>
internal sealed record ChatAnswer(string Text, string Finish, int InputTokens, int OutputTokens, TimeSpan Computed, TimeSpan Loaded);
