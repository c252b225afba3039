namespace Ripieno;

/// <summary>How the steps of an agent that is code are served. The config may say the same under <c>agents</c>, with the agent's id.</summary>
public sealed record AgentSettings
{
    /// <summary>Queue on which its steps wait; null = the config's, else <c>default</c>.</summary>
    public string? Queue { get; init; }

    /// <summary>Model that <see cref="AgentCall.Chat"/> calls, as the provider calls it; null = the code calls none.</summary>
    public string? Model { get; init; }

    /// <summary>Provider of <see cref="Model"/>; null = the config's <c>runtime.defaultProvider</c>.</summary>
    public string? Provider { get; init; }
}
