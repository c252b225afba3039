using System.Text.Json;
using System.Text.Json.Serialization;
using Ripieno.Storage;

namespace Ripieno.Cluster;

/// <summary>JSON of what instances tell. Unknown members are passed over: instances of several versions work on one store.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    IgnoreReadOnlyProperties = true,
    UseStringEnumConverter = true,
    MaxDepth = 16)]
[JsonSerializable(typeof(InstanceReport))]
internal sealed partial class InstanceReportJson : JsonSerializerContext
{
    /// <summary>Classes told at most, so that a report stays within <see cref="ContentLimits.InstanceReport"/>.</summary>
    private const int MostClasses = 1000;

    public static ReadOnlyMemory<byte> Write(InstanceReport report) => JsonSerializer.SerializeToUtf8Bytes(
        report.Classes.Count > MostClasses ? report with { Classes = [.. report.Classes.Take(MostClasses)] } : report, Default.InstanceReport);

    /// <returns>Null when it is not what this version understands: then the instance is shown without it.</returns>
    public static InstanceReport? Read(ReadOnlyMemory<byte> stored)
    {
        try
        {
            return JsonSerializer.Deserialize(stored.Span, Default.InstanceReport);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
