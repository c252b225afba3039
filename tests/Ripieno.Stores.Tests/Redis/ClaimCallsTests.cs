using Ripieno.Redis;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>A claim must name runs before it knows which are in front, and is made again when it named the wrong ones: that is to be the exception.</summary>
public sealed class ClaimCallsTests
{
    private const int Claims = 20;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 8)]
    [InlineData(3, 8)]
    [InlineData(40, 100)]
    public async Task A_claim_that_follows_another_is_one_call(int runs, int count)
    {
        var scripts = 0;
        await using var server = await RedisServer.StartAsync();
        await using var store = await RedisStore.OpenAsync(
            new() { Endpoints = [server.Endpoint] },
            TimeProvider.System,
            new()
            {
                BeforeScript = (_, _) =>
                {
                    scripts++;
                    return Task.CompletedTask;
                },
            },
            CancellationToken.None);
        var instance = Samples.Instance("one");
        await store.RegisterInstanceAsync(instance, TimeSpan.FromHours(1), CancellationToken.None);
        for (var run = 0; run < runs; run++)
            await store.SubmitAsync(Samples.Run($"run-{run}", Claims * count / runs + count), CancellationToken.None);
        await store.SettleAsync(CancellationToken.None);
        await ClaimAsync();

        scripts = 0;
        for (var i = 1; i < Claims; i++)
            await ClaimAsync();

        Assert.Equal(Claims - 1, scripts);

        async Task ClaimAsync() => Assert.Equal(count, (await store.ClaimAsync(
            new() { Incarnation = instance.Incarnation, Classes = [new(new("default", "work"), count)], Count = count, Lease = TimeSpan.FromHours(1) }, CancellationToken.None)).Count);
    }
}
