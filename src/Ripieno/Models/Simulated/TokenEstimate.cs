namespace Ripieno.Models.Simulated;

/// <summary>Tokens of a text where no tokenizer is at hand: about four letters each, as English has it.</summary>
internal static class TokenEstimate
{
    private const int LettersPerToken = 4;

    public static int Of(string text) => (text.Length + LettersPerToken - 1) / LettersPerToken;

    public static int Of(IEnumerable<SimulatedMessage> messages) => messages.Sum(message => Of(message.Text));

    /// <summary>As much of the text as fits into that many tokens.</summary>
    public static string Beginning(string text, int tokens) => Pieces(text, int.MaxValue) is var pieces && pieces.Count <= tokens ? text : string.Concat(pieces.Take(tokens));

    /// <summary>The text cut as a model streams it: token by token, or in larger pieces where that would make more than <paramref name="most"/>.</summary>
    public static IReadOnlyList<string> Pieces(string text, int most)
    {
        var length = LettersPerToken * (int)Math.Max(1, (Of(text) + most - 1L) / most);
        var pieces = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var end = Math.Min(text.Length, start + length);
            // Half of a surrogate pair does not survive its way through UTF-8.
            if (end < text.Length && char.IsHighSurrogate(text[end - 1]))
                end++;
            pieces.Add(text[start..end]);
            start = end;
        }

        return pieces;
    }
}
