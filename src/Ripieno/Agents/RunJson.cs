using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Ripieno.Agents.Planning;
using Ripieno.Agents.Tasks;

namespace Ripieno.Agents;

/// <summary>Inputs and results of the standard workflow's steps, as the store keeps them.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    IgnoreReadOnlyProperties = true,
    UseStringEnumConverter = true,
    MaxDepth = 32)]
[JsonSerializable(typeof(Plan))]
[JsonSerializable(typeof(RoundInput))]
[JsonSerializable(typeof(Work))]
[JsonSerializable(typeof(Review))]
internal sealed partial class RunJson : JsonSerializerContext
{
    public static byte[] Write<TValue>(TValue value) => JsonSerializer.SerializeToUtf8Bytes(value, TypeOf<TValue>());

    public static TValue Read<TValue>(ReadOnlyMemory<byte> stored) =>
        JsonSerializer.Deserialize(stored.Span, TypeOf<TValue>()) ?? throw new InvalidDataException($"A stored {typeof(TValue).Name} is null.");

    private static JsonTypeInfo<TValue> TypeOf<TValue>() => (JsonTypeInfo<TValue>)Default.GetTypeInfo(typeof(TValue))!;
}
