namespace Ripieno.Models;

/// <summary>Time limits of one model call.</summary>
internal sealed record ModelCallLimits
{
    public static readonly ModelCallLimits Default = new();

    /// <summary>Until the first token. 6 min: Ollama gives a model 5 min to load.</summary>
    public TimeSpan FirstToken { get; init; } = TimeSpan.FromMinutes(6);

    /// <summary>Between two tokens. 2 min: a CPU under memory pressure pauses for tens of seconds, a dead connection for ever.</summary>
    public TimeSpan BetweenTokens { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Altogether; also how long a permit that was never given back is held against the endpoint.</summary>
    public TimeSpan Total { get; init; } = TimeSpan.FromMinutes(60);
}
