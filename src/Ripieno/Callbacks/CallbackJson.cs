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
