namespace Ripieno.Benchmarks.Measuring;

/// <summary>A figure over all repetitions.</summary>
/// <param name="Benchmark">The benchmark's name.</param>
/// <param name="Name">What it is.</param>
/// <param name="Unit">Of the values; <c>×</c> = a ratio, in which more is better.</param>
/// <param name="Values">One for each repetition, in order.</param>
internal sealed record Figure(string Benchmark, string Name, string Unit, IReadOnlyList<double> Values)
{
    /// <summary>The middle value, or the mean of the two in the middle. Not the best: a noisy machine has lucky moments too.</summary>
    public double Median
    {
        get
        {
            var sorted = Values.Order().ToArray();
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }
}
