namespace Ripieno.Workers;

/// <summary>Whether a loop goes round, for those who look on from outside.</summary>
internal sealed class LoopWatch(TimeProvider time)
{
    private const long Resting = long.MinValue;

    private long _turned = Resting;

    /// <summary>The loop begins a turn.</summary>
    public void Turn() => Volatile.Write(ref _turned, time.GetTimestamp());

    /// <summary>It waits for something that may rightly take for ever; ends with the next turn.</summary>
    public void Rest() => Volatile.Write(ref _turned, Resting);

    /// <param name="limit">What a turn may take.</param>
    /// <returns>True also before the first turn.</returns>
    public bool IsTurning(TimeSpan limit) => Volatile.Read(ref _turned) is var turned && (turned == Resting || time.GetElapsedTime(turned) < limit);
}
