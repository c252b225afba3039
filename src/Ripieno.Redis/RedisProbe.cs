namespace Ripieno.Redis;

/// <summary>What tests change about a store, to go ways that they could not go otherwise.</summary>
internal sealed record RedisProbe
{
    /// <summary>Times are the <see cref="TimeProvider"/>'s instead of the server's.</summary>
    public bool OwnClock { get; init; }

    /// <summary>Steps that one script touches on behalf of one change.</summary>
    public int Batch { get; init; } = RedisStore.Batch;

    /// <summary>Called before each call of a script, with its name and whether it writes; what it throws is thrown at the operation, as if its process had died there.</summary>
    public Func<string, bool, Task>? BeforeScript { get; init; }
}
