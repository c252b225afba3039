using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>Now and then the answer to a script that happened is lost with the connection, so that the store must repeat what it asked for.</summary>
public sealed class LossyRedisFixture : RedisFixture
{
    private static int _seeds;

    private LossyProxy? _proxy;
    private int _writesToLoss;

    /// <summary>One in so many answers is lost; 0 = only those that a test wants to be.</summary>
    internal int OneIn { get; init; } = 25;

    internal override bool LosesAnswers => true;

    /// <summary>How many answers were lost so far.</summary>
    internal int Swallowed => _proxy?.Swallowed ?? 0;

    /// <summary>The answer to the <paramref name="write"/>th script that writes, from 1, is lost.</summary>
    internal void LoseAnswerTo(int write) => Volatile.Write(ref _writesToLoss, write);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_proxy is not null)
            await _proxy.DisposeAsync();
    }

    private protected override async Task<IReadOnlyList<string>> EndpointsAsync()
    {
        var server = await RedisServer.SharedAsync();
        _proxy ??= new(server.Host, server.Port, OneIn, Interlocked.Increment(ref _seeds));
        return [_proxy.Endpoint];
    }

    private protected override async Task BeforeScriptAsync(string script, bool writes)
    {
        await base.BeforeScriptAsync(script, writes);
        if (writes && Interlocked.Decrement(ref _writesToLoss) == 0)
            _proxy!.SwallowNext();
    }
}
