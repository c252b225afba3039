using System.Text.Json;
using System.Text.Json.Serialization;
using Ripieno.Storage;

namespace Ripieno.Agents.Custom;

/// <summary>What a step of a user's workflow leaves: a value, or word that it was left out.</summary>
internal sealed record StepOutcome
{
    /// <summary>A text or any other JSON; null for a group, whose value its steps have.</summary>
    public JsonElement? Value { get; init; }

    /// <summary>Its condition did not hold, or all that it waits for was left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Skipped { get; init; }

    private static readonly byte[] SkippedBytes = new StepOutcome { Skipped = true }.Write();

    /// <summary>By it a step that was left out is known from a list of steps.</summary>
    public static ContentHash SkippedHash { get; } = ContentHash.Of(SkippedBytes);

    /// <summary>The report of a step that is left out.</summary>
    public static StepCompletion LeftOut() => new() { Result = SkippedBytes };

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, CustomJson.Default.StepOutcome);

    public static StepOutcome Read(ReadOnlyMemory<byte> stored) =>
        JsonSerializer.Deserialize(stored.Span, CustomJson.Default.StepOutcome) ?? throw new InvalidDataException("A stored outcome is null.");
}

/// <summary>What people decided about an approval; also its value for what comes after it.</summary>
/// <param name="Approved">Yes or no.</param>
/// <param name="Note">Why; empty = nothing was said.</param>
/// <param name="By">Name of the user who decided.</param>
internal sealed record ApprovalDecision(bool Approved, string Note, string By);

/// <summary>JSON of what steps of users' workflows leave. As deep as models may answer, and the wrapping around it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 72)]
[JsonSerializable(typeof(StepOutcome))]
[JsonSerializable(typeof(ApprovalDecision))]
internal sealed partial class CustomJson : JsonSerializerContext;
