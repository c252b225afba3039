namespace Ripieno.Tests.Workers.Storms;

/// <summary>Chance that depends on a seed and on what is asked, not on the order in which threads ask.</summary>
internal sealed class StormDice(int seed)
{
    public int Seed => seed;

    /// <summary>Uniform in [0, 1), the same for the same question.</summary>
    public double Share(string question)
    {
        // FNV-1a with a finish that spreads the last characters too; string.GetHashCode differs from process to process.
        var hash = 14695981039346656037UL;
        foreach (var letter in $"{seed}/{question}")
            hash = (hash ^ letter) * 1099511628211UL;
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdUL;
        return ((hash ^ (hash >> 33)) >> 11) / (double)(1UL << 53);
    }

    public int Below(int bound, string question) => (int)(Share(question) * bound);

    public TimeSpan Between(double least, double most, string question) => TimeSpan.FromSeconds(least + Share(question) * (most - least));
}
