using System.Text.Json;
using Ripieno.Models.Simulated;

namespace Ripieno.Simulator;

/// <summary>Ollama's <c>/api/chat</c>: newline-delimited JSON, the last object saying <c>done</c>.</summary>
internal sealed class OllamaProtocol : ChatProtocol
{
    public override string StreamType => "application/x-ndjson";

    public override ChatCall Read(JsonElement body)
    {
        var options = body.TryGetProperty("options", out var given) ? given : default;
        return new(
            PromptBlock.Property(body, "model"),
            Flag(body, "stream", otherwise: true),
            Number(options, "num_ctx") is { } context ? (int)context : null,
            Number(options, "temperature"),
            Number(options, "num_predict") is { } most and > 0 ? (int)most : null,
            body.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.Object ? format.Clone() : null,
            Messages(body));
    }

    public override string Piece(ChatCall call, string text, DateTimeOffset time) =>
        Line(new { model = call.Model, created_at = time, message = new { role = "assistant", content = text }, done = false });

    public override string End(ChatCall call, ChatAnswer answer, DateTimeOffset time) => Last(call, answer, time, "");

    public override string Whole(ChatCall call, ChatAnswer answer, DateTimeOffset time) => Last(call, answer, time, answer.Text);

    public override string Error(string text) => JsonSerializer.Serialize(new { error = text });

    public override string ErrorInStream(string text) => Line(new { error = text });

    private static string Last(ChatCall call, ChatAnswer answer, DateTimeOffset time, string text) => Line(new
    {
        model = call.Model,
        created_at = time,
        message = new { role = "assistant", content = text },
        done = true,
        done_reason = answer.Finish,
        total_duration = Nanoseconds(answer.Computed + answer.Loaded),
        load_duration = Nanoseconds(answer.Loaded),
        prompt_eval_count = answer.InputTokens,
        prompt_eval_duration = 0L,
        eval_count = answer.OutputTokens,
        eval_duration = Nanoseconds(answer.Computed),
    });

    private static long Nanoseconds(TimeSpan time) => (long)time.TotalNanoseconds;

    private static string Line(object value) => JsonSerializer.Serialize(value) + "\n";
}
