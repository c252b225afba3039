namespace Ripieno.Simulator;

/// <summary>How many of something there are now, and were at most.</summary>
internal sealed class Gauge
{
    private readonly Lock _lock = new();

    public int Now { get; private set; }

    public int Max { get; private set; }

    public void Up()
    {
        lock (_lock)
            Max = Math.Max(Max, ++Now);
    }

    public void Down()
    {
        lock (_lock)
            Now--;
    }
}
