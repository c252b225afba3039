namespace Ripieno.Agents.Prompts;

/// <summary>A text that may have to be shortened; only as much of it is kept as could ever be shown.</summary>
internal readonly record struct LongText(string Head, int Length)
{
    /// <summary>Marks are about this long: a text is never replaced by a longer mark.</summary>
    private const int Slack = 48;

    public static LongText Of(string text, int keep = int.MaxValue)
    {
        var end = Math.Min((long)keep + Slack, text.Length);
        return new(text[..(int)end], text.Length);
    }

    /// <summary>
    /// Bytes of text that take no more than that many tokens. Tokenizers take 3 to 4 bytes of English or code for a token; 3 errs to the safe side.
    /// </summary>
    public static int BytesIn(int tokens) => tokens * 3;

    /// <summary>The text, or its first <paramref name="limit"/> characters and a mark that says how much is missing.</summary>
    public string Cut(int limit)
    {
        if (Length <= (long)limit + Slack)
            return Head;
        if (limit > 0 && char.IsHighSurrogate(Head[limit - 1]))
            limit--;
        return $"{Head.AsSpan(0, limit)} [cut: {Length - limit} more characters]";
    }
}
