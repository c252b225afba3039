using System.Collections.Concurrent;
using System.Diagnostics;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Redis;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>A store on servers that Sentinels watch.</summary>
public sealed class SentinelTests
{
    private const string Password = "canary-right";

    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    [Trait("Promise", "I1")]
    public async Task With_a_replica_to_acknowledge_a_killed_master_takes_nothing_with_it()
    {
        await using var pair = await RedisSentinels.StartAsync(TimeSpan.FromSeconds(1), Password);
        var warnings = new ConcurrentQueue<string>();
        var settings = new RedisSettings
        {
            Endpoints = pair.Endpoints,
            Service = RedisSentinels.Service,
            Password = new Secret(Password),
            Acknowledge = Acknowledgement.Replica,
            Warned = warnings.Enqueue,
        };
        await using var store = await RedisStore.OpenAsync(settings, TimeProvider.System, None);
        Assert.Contains($", Sentinel service main, master {(await pair.MasterAsync()).Endpoint} with 1 replicas", store.Description.Engine, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, store.Description.ToString(), StringComparison.Ordinal);
        var load = new AcknowledgedLoad([store], workers: 4);
        var kills = Storms.Long ? 10 : 1;

        var longest = TimeSpan.Zero;
        for (var kill = 0; kill < kills; kill++)
        {
            await load.GoOnAsync(50);
            var master = await pair.MasterAsync();
            await master.KillAsync();
            await pair.TakenOverAsync(master);
            // Alone the new master acknowledges nothing; the old one comes back as its replica.
            await master.RestartAsync();
            var began = Stopwatch.GetTimestamp();
            await pair.HealthyAsync();
            await load.GoOnAsync(50);
            longest = Stopwatch.GetElapsedTime(began) is var took && took > longest ? took : longest;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} masters killed, at most {longest.TotalSeconds:0.0} s from the old one's return until 50 more results were acknowledged; {await load.EndAsync(store)}");
        Assert.Empty(warnings);
    }

    [Fact]
    [Trait("Promise", "I17")]
    public async Task A_service_that_no_sentinel_knows_is_refused_with_its_name()
    {
        await using var pair = await RedisSentinels.StartAsync(TimeSpan.FromSeconds(30));

        var refusal = await Assert.ThrowsAsync<StoreUnavailableException>(
            () => RedisStore.OpenAsync(new() { Endpoints = pair.Endpoints, Service = "other" }, TimeProvider.System, None));

        TestContext.Current.TestOutputHelper?.WriteLine(refusal.Message);
        Assert.Contains("/other", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Sentinel", refusal.Message, StringComparison.Ordinal);
    }
}
