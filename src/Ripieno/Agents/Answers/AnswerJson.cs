using System.Text.Json.Serialization;

namespace Ripieno.Agents.Answers;

/// <summary>Strict reading of answers: nothing missing, nothing unknown, nothing twice.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = MaxDepth)]
[JsonSerializable(typeof(PlanAnswer))]
[JsonSerializable(typeof(WorkAnswer))]
[JsonSerializable(typeof(ReviewAnswer))]
internal sealed partial class AnswerJson : JsonSerializerContext
{
    /// <summary>Answers nest four deep; 32 is far above that and far below what would hurt a parser.</summary>
    public const int MaxDepth = 32;
}
