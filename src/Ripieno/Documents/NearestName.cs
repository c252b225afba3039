namespace Ripieno.Documents;

/// <summary>Finds the name that a user probably meant.</summary>
internal static class NearestName
{
    // Longer names are not typed from memory; the bound keeps the quadratic comparison small.
    private const int LongestName = 200;

    /// <summary>The candidate with the fewest typing errors, or null when none is near (a third of the letters, at least one).</summary>
    public static string? Of(string written, IEnumerable<string> candidates)
    {
        if (written.Length > LongestName)
            return null;
        var best = candidates
            .Where(candidate => candidate.Length <= LongestName)
            .Select(candidate => (Name: candidate, Distance: Distance(Fold(written), Fold(candidate))))
            .OrderBy(pair => pair.Distance)
            .FirstOrDefault();
        return best.Name is not null && best.Distance <= Math.Max(1, Math.Max(written.Length, best.Name.Length) / 3) ? best.Name : null;
    }

    /// <summary><c>Did you mean "x"?</c>, else the sentence given.</summary>
    public static string? Suggestion(string written, IEnumerable<string> candidates, string? otherwise = null) =>
        Of(written, candidates) is { } name ? $"Did you mean \"{name}\"?" : otherwise;

    private static string Fold(string name) =>
        string.Concat(name.Where(letter => letter is not ('-' or '_' or ' '))).ToUpperInvariant();

    // Optimal string alignment: insertions, deletions, substitutions and swapped neighbours cost one each.
    private static int Distance(string left, string right)
    {
        var (before, previous, current) = (new int[right.Length + 1], new int[right.Length + 1], new int[right.Length + 1]);
        for (var j = 0; j <= right.Length; j++)
            previous[j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var substitution = previous[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                current[j] = Math.Min(substitution, Math.Min(previous[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                    current[j] = Math.Min(current[j], before[j - 2] + 1);
            }

            (before, previous, current) = (previous, current, before);
        }

        return previous[right.Length];
    }
}
