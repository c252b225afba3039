using System.Text.Json;
using Ripieno.Agents;
using Ripieno.Agents.Coded;

namespace Ripieno.Hosting;

/// <summary>Between the JSON of steps and the types of a user's code.</summary>
internal static class TypedAgent
{
    private const int LongestShown = 200;

    /// <summary>What the engine calls, for code with typed input and output.</summary>
    /// <exception cref="ArgumentException">The output is a task.</exception>
    public static Func<CodedCall, CancellationToken, Task<JsonElement?>> Wrap<TInput, TOutput>(
        string id, Func<TInput, AgentCall, CancellationToken, Task<TOutput>> work, JsonSerializerOptions json)
    {
        // A task written as JSON would be a result, and nobody would have waited for it.
        if (typeof(TOutput) == typeof(ValueTask) || typeof(Task).IsAssignableFrom(typeof(TOutput)) || (typeof(TOutput).IsGenericType && typeof(TOutput).GetGenericTypeDefinition() == typeof(ValueTask<>)))
            throw new ArgumentException($"Agent '{id}' returns {typeof(TOutput).Name}, which is nothing to keep. Return a value, or a Task<T> with one.", nameof(work));
        return async (call, cancellation) =>
        {
            var output = await work(Read<TInput>(call, json), new(call), cancellation);
            return output switch
            {
                null => null,
                JsonElement element => element.ValueKind == JsonValueKind.Undefined ? null : element,
                _ => JsonSerializer.SerializeToElement(output, json),
            };
        };
    }

    private static TInput Read<TInput>(CodedCall call, JsonSerializerOptions json)
    {
        if (typeof(TInput) == typeof(string))
            return (TInput)(object)(call.Input switch { null => call.Prompt, { ValueKind: JsonValueKind.String } text => text.GetString()!, var other => other.Value.GetRawText() });
        if (call.Input is not { } input)
            return default(TInput) is null && !typeof(TInput).IsValueType ? default! : throw Mismatch<TInput>(call, "nothing");
        try
        {
            return input.Deserialize<TInput>(json)!;
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            var raw = input.GetRawText();
            throw Mismatch<TInput>(call, $"{(raw.Length <= LongestShown ? raw : raw[..LongestShown] + "…")} ({exception.Message})");
        }
    }

    private static StepFailedException Mismatch<TInput>(CodedCall call, string found) =>
        new($"Agent '{call.Agent}' takes {typeof(TInput).Name}, and step '{call.StepKey}' gives {found}.");
}
