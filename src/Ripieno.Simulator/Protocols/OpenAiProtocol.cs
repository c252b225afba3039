using System.Text.Json;
using Ripieno.Models.Simulated;

namespace Ripieno.Simulator;

/// <summary>OpenAI's <c>/v1/chat/completions</c>: server-sent events that end with <c>[DONE]</c>.</summary>
internal class OpenAiProtocol : ChatProtocol
{
    public override string StreamType => "text/event-stream";

    public override ChatCall Read(JsonElement body) => new(
        PromptBlock.Property(body, "model"),
        Flag(body, "stream", otherwise: false),
        Context: null,
        Number(body, "temperature"),
        (Number(body, "max_completion_tokens") ?? Number(body, "max_tokens")) is { } most ? (int)most : null,
        Schema(body),
        Messages(body));

    public override string Piece(ChatCall call, string text, DateTimeOffset time) =>
        Event(new { id = "chatcmpl-1", @object = "chat.completion.chunk", created = time.ToUnixTimeSeconds(), model = call.Model, choices = new[] { Delta(text, null) } });

    public override string End(ChatCall call, ChatAnswer answer, DateTimeOffset time) =>
        Event(new
        {
            id = "chatcmpl-1",
            @object = "chat.completion.chunk",
            created = time.ToUnixTimeSeconds(),
            model = call.Model,
            choices = new[] { Delta(null, answer.Finish) },
            usage = Usage(answer),
        }) + "data: [DONE]\n\n";

    public override string Whole(ChatCall call, ChatAnswer answer, DateTimeOffset time) => JsonSerializer.Serialize(new
    {
        id = "chatcmpl-1",
        @object = "chat.completion",
        created = time.ToUnixTimeSeconds(),
        model = call.Model,
        choices = new[] { new { index = 0, message = new { role = "assistant", content = answer.Text }, finish_reason = answer.Finish } },
        usage = Usage(answer),
    });

    public override string Error(string text) => JsonSerializer.Serialize(new { error = new { message = text, type = "server_error" } });

    public override string ErrorInStream(string text) => $"data: {Error(text)}\n\n";

    private static JsonElement? Schema(JsonElement body) =>
        body.TryGetProperty("response_format", out var format) && format.TryGetProperty("json_schema", out var named) && named.TryGetProperty("schema", out var schema)
            ? schema.Clone()
            : null;

    private static object Delta(string? text, string? finish) => new { index = 0, delta = new { role = "assistant", content = text }, finish_reason = finish };

    private static object Usage(ChatAnswer answer) =>
        new { prompt_tokens = answer.InputTokens, completion_tokens = answer.OutputTokens, total_tokens = answer.InputTokens + answer.OutputTokens };

    private static string Event(object value) => $"data: {JsonSerializer.Serialize(value)}\n\n";
}
