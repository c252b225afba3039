using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ripieno.Backlogs;

namespace Ripieno.Workflows;

/// <summary>JSON of what a run keeps: compact, strict, and the same bytes for the same value.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    IgnoreReadOnlyProperties = true,
    UseStringEnumConverter = true,
    MaxDepth = 64)]
[JsonSerializable(typeof(StoredSnapshot))]
[JsonSerializable(typeof(StepInput))]
[JsonSerializable(typeof(ItemKeys))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(Backlog))]
internal sealed partial class WorkflowJson : JsonSerializerContext;

/// <summary>A run's snapshot as the store keeps it.</summary>
internal sealed record StoredSnapshot
{
    /// <summary>The shape written today. A reader refuses later ones; of earlier ones (1 knew the built-in workflow only, 2 no fallbacks) it reads all.</summary>
    public const int CurrentFormat = 3;

    public required int Format { get; init; }

    public required WorkflowDefinition Workflow { get; init; }

    public required ImmutableArray<AgentSnapshot> Agents { get; init; }

    public required int MaxRevisions { get; init; }

    /// <summary>Not written when there are none: runs without callbacks keep the bytes, and so the fingerprint, that they had before there were any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<CallbackOrder>? Callbacks { get; init; }
}
