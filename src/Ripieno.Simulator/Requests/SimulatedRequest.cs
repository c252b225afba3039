using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Ripieno.Models;
using Ripieno.Models.Simulated;

namespace Ripieno.Simulator;

/// <summary>One chat call that the simulator accepted.</summary>
internal sealed record SimulatedRequest
{
    /// <summary>From 1, in order of arrival.</summary>
    public required long Number { get; init; }

    public required string Path { get; init; }

    public required string Model { get; init; }

    public required bool Stream { get; init; }

    /// <summary>Ollama's <c>num_ctx</c>; null when the call did not say.</summary>
    public required int? Context { get; init; }

    public required double? Temperature { get; init; }

    /// <summary>Title of the JSON schema asked for; null without a schema or title.</summary>
    public required string? Schema { get; init; }

    public required ImmutableArray<SimulatedMessage> Messages { get; init; }

    /// <summary>The <c>Authorization</c> header; kept out of files.</summary>
    [JsonIgnore]
    public Secret? Authorization { get; init; }

    /// <summary>The <c>api-key</c> header; kept out of files.</summary>
    [JsonIgnore]
    public Secret? ApiKey { get; init; }

    public required DateTimeOffset Started { get; init; }

    /// <summary>Just before the last bytes were sent, or when the client was seen to be gone; null while the call is under way.</summary>
    public DateTimeOffset? Ended { get; init; }

    public RequestOutcome? Outcome { get; init; }

    /// <summary>The fault chosen for the call; null for none.</summary>
    public Fault? Fault { get; init; }
}

internal enum RequestOutcome
{
    Answered,

    /// <summary>A planned fault, see <see cref="SimulatedRequest.Fault"/>.</summary>
    Faulted,

    /// <summary>The client went away first.</summary>
    Cancelled,

    /// <summary>A model that the server does not have.</summary>
    UnknownModel,

    /// <summary>The queue was full.</summary>
    Busy,
}
