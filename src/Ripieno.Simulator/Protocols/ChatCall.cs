using System.Collections.Immutable;
using System.Text.Json;
using Ripieno.Models.Simulated;

namespace Ripieno.Simulator;

/// <summary>What a chat request asks for, whichever protocol carried it.</summary>
internal sealed record ChatCall(
    string Model, bool Stream, int? Context, double? Temperature, JsonElement? Schema, ImmutableArray<SimulatedMessage> Messages)
{
    public string? SchemaTitle => Schema is { } schema && PromptBlock.Property(schema, "title") is { Length: > 0 } title ? title : null;
}

/// <summary>An answer and its cost.</summary>
internal sealed record ChatAnswer(string Text, int InputTokens, int OutputTokens, TimeSpan Computed, TimeSpan Loaded);
