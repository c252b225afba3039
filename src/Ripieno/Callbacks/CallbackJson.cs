using System.Text.Encodings.Web;
using System.Text.Json.Serialization;

namespace Ripieno.Callbacks;

/// <summary>JSON of callbacks, stored and sent.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    IgnoreReadOnlyProperties = true,
    MaxDepth = 32)]
[JsonSerializable(typeof(CallbackInput))]
[JsonSerializable(typeof(CallbackMessage))]
[JsonSerializable(typeof(CallbackNotice))]
[JsonSerializable(typeof(CallbackReceipt))]
internal sealed partial class CallbackJson : JsonSerializerContext;

/// <summary>How it is written.</summary>
internal static class ReadableJson
{
    /// <summary>Titles and times as people write them: what is sent is no part of a page.</summary>
    public static CallbackJson Types { get; } = new(new(CallbackJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
