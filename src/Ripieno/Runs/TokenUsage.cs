namespace Ripieno.Runs;

/// <summary>Tokens that model calls took, as the servers reported them; 0 where a server reports none.</summary>
/// <param name="Input">Tokens of prompts.</param>
/// <param name="Output">Tokens of answers.</param>
public readonly record struct TokenUsage(long Input, long Output)
{
    public static TokenUsage operator +(TokenUsage left, TokenUsage right) => new(left.Input + right.Input, left.Output + right.Output);

    public static TokenUsage Add(TokenUsage left, TokenUsage right) => left + right;
}
