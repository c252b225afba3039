namespace Ripieno.Cli.Runs;

/// <summary>What there is to say of trouble that is looked at again and again: that it begins, why, and that it is over.</summary>
internal sealed class TroubleNews
{
    // At first it may be known only that there is no answer, and a little later why. What each further attempt says must not fill a log.
    private const int Most = 2;

    /// <summary>Said once in an outage: nobody need do anything here.</summary>
    private const string Meanwhile = " It is tried again until it answers; what is under way goes on.";

    private readonly HashSet<string> _said = new(StringComparer.Ordinal);

    /// <param name="trouble">As it is now; null = all is well.</param>
    /// <returns>What to say now; null = nothing new.</returns>
    public string? Next(string? trouble)
    {
        if (trouble is not null)
            return _said.Count < Most && _said.Add(trouble) ? $"{SafeText.Of(trouble, longest: 1000)}{(_said.Count == 1 ? Meanwhile : "")}" : null;
        if (_said.Count == 0)
            return null;
        _said.Clear();
        return "The store answers again; going on.";
    }
}
