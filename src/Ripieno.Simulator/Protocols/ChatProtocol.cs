using System.Collections.Immutable;
using System.Text.Json;
using Ripieno.Models.Simulated;

namespace Ripieno.Simulator;

/// <summary>How one protocol reads a chat request and writes its answer.</summary>
internal abstract class ChatProtocol
{
    public abstract string StreamType { get; }

    public abstract ChatCall Read(JsonElement body);

    /// <summary>One piece of a streamed answer, line ends included.</summary>
    public abstract string Piece(ChatCall call, string text, DateTimeOffset time);

    /// <summary>What ends a stream.</summary>
    public abstract string End(ChatCall call, ChatAnswer answer, DateTimeOffset time);

    /// <summary>A whole answer that is not streamed.</summary>
    public abstract string Whole(ChatCall call, ChatAnswer answer, DateTimeOffset time);

    public abstract string Error(string text);

    /// <summary>What is said of a model that the server does not have.</summary>
    public virtual string UnknownModel(string model) => Error($"model '{model}' not found");

    /// <summary>An error in the midst of a stream.</summary>
    public abstract string ErrorInStream(string text);

    protected static ImmutableArray<SimulatedMessage> Messages(JsonElement body) =>
    [
        .. body.GetProperty("messages").EnumerateArray()
            .Select(message => new SimulatedMessage(PromptBlock.Property(message, "role"), Content(message))),
    ];

    protected static bool Flag(JsonElement body, string name, bool otherwise) =>
        body.TryGetProperty(name, out var value) ? value.ValueKind == JsonValueKind.True : otherwise;

    protected static double? Number(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    /// <summary>OpenAI's content is a text or a list of parts.</summary>
    private static string Content(JsonElement message) =>
        message.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array
            ? string.Concat(content.EnumerateArray().Select(part => PromptBlock.Property(part, "text")))
            : PromptBlock.Property(message, "content");
}
