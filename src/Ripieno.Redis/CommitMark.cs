using System.Globalization;

namespace Ripieno.Redis;

/// <summary>A commit of a partition.</summary>
/// <param name="Commits">Its number.</param>
/// <param name="Term">
/// In which term, where servers take over from each other: the server's name for its history, the last commit before it, and when that was. Two servers may each have made a commit of the same
/// number; then their terms differ. Empty = not known, or on a single server.
/// </param>
internal readonly record struct CommitMark(long Commits, string Term)
{
    /// <summary>The last commit before this term began.</summary>
    public long Since => Part(1);

    /// <summary>When that was, in ms by the server's clock.</summary>
    public long SinceAt => Part(2);

    /// <summary>Reads <c>commits</c> or <c>commits term</c>.</summary>
    public static CommitMark Parse(string text)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? new(Number(text), "") : new(Number(text.AsSpan(0, space)), text[(space + 1)..]);
    }

    private long Part(int index) => Term.Split(':') is { Length: 3 } parts ? Number(parts[index]) : 0;

    private static long Number(ReadOnlySpan<char> text) => long.Parse(text, CultureInfo.InvariantCulture);
}
