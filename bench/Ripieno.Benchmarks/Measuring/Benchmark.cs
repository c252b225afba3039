namespace Ripieno.Benchmarks.Measuring;

/// <summary>Something that is measured: one repetition of it at a time, so that what it is compared with runs right beside it.</summary>
internal abstract class Benchmark
{
    /// <summary>As <c>--only</c> takes it, and the first part of its figures' names.</summary>
    public abstract string Name { get; }

    /// <summary>What it measures, in one line.</summary>
    public abstract string Summary { get; }

    /// <summary>False for a kind of store (or a machine) that it says nothing about.</summary>
    public virtual bool Measures(string store) => true;

    /// <summary>Measures once and records figures. Called for a short warm-up first, whose figures are dropped.</summary>
    public abstract Task RepeatAsync(Repetition repetition);
}
