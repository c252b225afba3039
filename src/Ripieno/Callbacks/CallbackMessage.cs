using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Callbacks;

/// <summary>What receivers get, as JSON. A part of the product's interface, documented in docs/callbacks.md: members are added, never renamed or removed.</summary>
/// <param name="Type"><c>run.succeeded</c>, <c>run.failed</c> or <c>run.cancelled</c>.</param>
/// <param name="Timestamp">When the run ended.</param>
/// <param name="Data">The run.</param>
internal sealed record CallbackMessage(string Type, DateTimeOffset Timestamp, CallbackRun Data)
{
    public static CallbackMessage Of(RunRecord run)
    {
        var status = run.Status.ToString().ToLowerInvariant();
        return new($"run.{status}", run.FinishedAt!.Value, new()
        {
            Id = run.Id,
            Title = run.Title,
            Workflow = run.Workflow,
            Tenant = run.Tenant,
            Status = status,
            Steps = new(run.Steps, run.FailedSteps),
            Tokens = run.Usage,
            CreatedAt = run.CreatedAt,
            StartedAt = run.StartedAt,
            FinishedAt = run.FinishedAt!.Value,
            Show = $"ripieno show {run.Id} --json",
        });
    }
}

/// <summary>A run that has ended, for receivers.</summary>
internal sealed record CallbackRun
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    public required string Workflow { get; init; }

    public required string Tenant { get; init; }

    public required string Status { get; init; }

    public required CallbackSteps Steps { get; init; }

    public required TokenUsage Tokens { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null when no step of it ever started.</summary>
    public required DateTimeOffset? StartedAt { get; init; }

    public required DateTimeOffset FinishedAt { get; init; }

    /// <summary>Command that tells more.</summary>
    public required string Show { get; init; }
}

internal sealed record CallbackSteps(int Total, int Failed);

/// <summary>Result of <c>wait</c>: the message, fixed. Its bytes are sent as they stand here.</summary>
/// <param name="Id">The same for each repetition of this message and for no other; null = there is nothing to tell.</param>
/// <param name="Body">A <see cref="CallbackMessage"/>.</param>
internal sealed record CallbackNotice(string? Id, JsonElement Body)
{
    /// <summary>The run was not reopened: its end has been told already.</summary>
    public static CallbackNotice Nothing { get; } = new(null, JsonDocument.Parse("null").RootElement);

    /// <param name="callbackRun">Id of the run that tells.</param>
    /// <param name="run">What it tells of.</param>
    public static CallbackNotice Of(string callbackRun, RunRecord run)
    {
        // The times, because an id is free again for another run once its run was deleted.
        var identity = $"{callbackRun}\n{run.CreatedAt:O}\n{run.FinishedAt:O}";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)));
        return new($"msg_{hash[..32]}", JsonSerializer.SerializeToElement(CallbackMessage.Of(run), ReadableJson.Types.CallbackMessage));
    }

    /// <summary>What is sent and signed.</summary>
    public byte[] Bytes => Encoding.UTF8.GetBytes(Body.GetRawText());

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, ReadableJson.Types.CallbackNotice);

    public static CallbackNotice Read(ReadOnlyMemory<byte> stored) =>
        JsonSerializer.Deserialize(stored.Span, ReadableJson.Types.CallbackNotice) ?? throw new InvalidDataException("A callback's message is the JSON value null.");
}

/// <summary>Result of <c>deliver</c>.</summary>
/// <param name="How">What the receiver said, in words; null = there was nothing to tell.</param>
internal sealed record CallbackReceipt(string? How)
{
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, ReadableJson.Types.CallbackReceipt);

    public static CallbackReceipt Read(ReadOnlyMemory<byte> stored) =>
        JsonSerializer.Deserialize(stored.Span, ReadableJson.Types.CallbackReceipt) ?? new(How: null);
}
