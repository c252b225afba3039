using System.Text.Json;

namespace Ripieno.Callbacks;

/// <summary>What a callback's run was accepted with.</summary>
/// <param name="Run">The run whose end is told.</param>
/// <param name="Snapshot">Hash of that run's snapshot: a run with this id and another snapshot is not the one that was meant.</param>
/// <param name="Name">Callback, as configured.</param>
/// <param name="Address">Address below that of the callback; null = its own.</param>
/// <param name="After">An end that is not told of, because the run is being retried; null = any end is.</param>
internal sealed record CallbackInput(string Run, string Snapshot, string Name, string? Address = null, DateTimeOffset? After = null)
{
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, ReadableJson.Types.CallbackInput);

    public static CallbackInput Read(ReadOnlyMemory<byte> stored) =>
        JsonSerializer.Deserialize(stored.Span, ReadableJson.Types.CallbackInput) ?? throw new InvalidDataException("A callback's input is the JSON value null.");
}
