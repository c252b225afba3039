namespace Ripieno.Simulator;

/// <summary>How long one answer takes.</summary>
/// <param name="First">Until the first token.</param>
/// <param name="Rest">From the first token to the last.</param>
internal sealed record AnswerPace(TimeSpan First, TimeSpan Rest)
{
    /// <summary>Share of a fixed latency that goes into reading the prompt.</summary>
    private const double PromptShare = 0.3;

    public TimeSpan Total => First + Rest;

    public static AnswerPace Of(SimulatorOptions options, int tokens) => options.Latency is { } latency
        ? new(latency * PromptShare, latency * (1 - PromptShare))
        : new(options.TimeToFirstToken, options.TimePerToken * tokens);
}
