namespace Ripieno.Models;

/// <summary>One base URL of a provider, with what an instance needs to call it.</summary>
/// <param name="Name">Stable name in limits, logs and tables; for a lone host the provider's name.</param>
/// <param name="Provider">The provider's kind.</param>
/// <param name="Url">Base URL, without <c>/api</c> or <c>/v1/…</c> paths below it for Ollama; with <c>/v1</c> for OpenAI-compatible servers.</param>
/// <param name="Concurrency">Calls that this instance makes at once.</param>
/// <param name="Limit">Calls that the endpoint accepts from all instances together; null = no limit.</param>
/// <param name="Key">Credential, already read from its environment variable; null when none is needed.</param>
/// <param name="Weight">Share of the calls, relative to the provider's other endpoints.</param>
internal sealed record Endpoint(string Name, string Provider, Uri Url, int Concurrency, int? Limit, Secret? Key, double Weight = 1)
{
    /// <summary>Requests that it accepts from all instances together in any 60 s; null = any number.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Tokens, of prompts and answers, that it accepts from all instances together in any 60 s; null = any number.</summary>
    public int? TokensPerMinute { get; init; }

    /// <summary>Under which name the store keeps what instances share about it. Two endpoints of one name are one server.</summary>
    public string LimitName { get; init; } = $"endpoint/{Name}";

    /// <summary>False for what lives in this process only.</summary>
    public bool SharesCooling { get; init; } = true;

    /// <summary>Each call is asked for beforehand.</summary>
    public bool NeedsPermit => Limit is not null || RequestsPerMinute is not null || TokensPerMinute is not null;
}

/// <summary>A credential that prints as <c>***</c>, so that it cannot slip into a log, a table or the store.</summary>
internal sealed record Secret(string Value)
{
    public override string ToString() => "***";
}
