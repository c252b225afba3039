namespace Ripieno.Runs;

/// <summary>Tokens that model calls took, as the servers reported them.</summary>
internal readonly record struct TokenUsage(long Input, long Output)
{
    public static TokenUsage operator +(TokenUsage left, TokenUsage right) => new(left.Input + right.Input, left.Output + right.Output);

    public static TokenUsage Add(TokenUsage left, TokenUsage right) => left + right;
}
