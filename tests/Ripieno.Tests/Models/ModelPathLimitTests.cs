using Ripieno.Errors;
using Ripieno.Storage;
using Ripieno.Tests.Workers;
using static Ripieno.Tests.Models.ModelScene;

namespace Ripieno.Tests.Models;

/// <summary>How many calls are in flight, in one instance and in all of them together, and where they go.</summary>
public sealed class ModelPathLimitTests
{
    [Fact]
    public async Task An_instance_makes_no_more_calls_at_once_than_its_concurrency_and_queued_ones_follow()
    {
        await using var scene = await OpenAsync();
        var path = scene.Path(Endpoint(concurrency: 3));
        var asked = Enumerable.Range(0, 8).Select(_ => AskAsync(path)).ToList();

        for (var ended = 0; ended < asked.Count; ended++)
        {
            await scene.Scene.UntilAsync(() => scene.Provider.InFlight == Math.Min(3, asked.Count - ended));
            (await scene.Provider.NextAsync()).End();
            await scene.Scene.UntilAsync(() => asked.Count(task => task.IsCompleted) == ended + 1);
        }

        await Task.WhenAll(asked);
        Assert.Equal(3, scene.Provider.MostInFlight);
    }

    [Fact]
    public async Task Instances_together_make_no_more_calls_than_the_endpoints_limit()
    {
        await using var scene = await OpenAsync();
        var (one, _) = await scene.InstanceAsync("one", Endpoint(concurrency: 3, limit: 3));
        var (two, _) = await scene.InstanceAsync("two", Endpoint(concurrency: 3, limit: 3));
        List<Task> asked = [.. Enumerable.Range(0, 4).SelectMany(_ => new[] { AskAsync(one), AskAsync(two) })];

        for (var ended = 0; ended < asked.Count; ended++)
        {
            await scene.Scene.UntilAsync(() => scene.Provider.InFlight == Math.Min(3, asked.Count - ended), Pace);
            (await scene.Provider.NextAsync()).End();
            await scene.Scene.UntilAsync(() => asked.Count(task => task.IsCompleted) == ended + 1, Pace);
        }

        await Task.WhenAll(asked);
        Assert.Equal(3, scene.Provider.MostInFlight);
    }

    [Fact]
    public async Task The_permits_of_an_instance_found_dead_are_free()
    {
        await using var scene = await OpenAsync();
        var (one, dead) = await scene.InstanceAsync("one", Endpoint(limit: 1));
        var (two, _) = await scene.InstanceAsync("two", Endpoint(limit: 1));
        using var stop = new CancellationTokenSource();
        var lost = AskAsync(one, cancellation: stop.Token);
        await scene.Provider.NextAsync();
        var waiting = AskAsync(two);
        await scene.Scene.UntilAsync(() => scene.Provider.HasNext || scene.Time.GetUtcNow().Second > 2, Pace);
        Assert.False(scene.Provider.HasNext);

        await scene.Scene.Store.EndInstanceAsync(dead, InstanceEnd.Died, default);

        await scene.Scene.UntilAsync(() => scene.Provider.HasNext, Pace);
        (await scene.Provider.NextAsync()).End();
        await waiting;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost);
    }

    [Fact]
    public async Task An_instance_that_the_store_has_forgotten_makes_no_call_and_costs_the_step_no_attempt()
    {
        await using var scene = await OpenAsync();
        var (path, incarnation) = await scene.InstanceAsync("one", Endpoint(limit: 1));
        await scene.Scene.Store.EndInstanceAsync(incarnation, InstanceEnd.Died, default);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => AskAsync(path));

        Assert.Equal(0, scene.Provider.Begun);
    }

    [Theory]
    [InlineData(nameof(Fault.Unavailable))]
    [InlineData(nameof(Fault.LostBefore))]
    public async Task A_permit_that_could_not_be_given_back_is_given_back_later(string fault)
    {
        await using var scene = await OpenAsync();
        var store = new FaultyStore(
            scene.Scene.Store, (operation, before) => operation == nameof(IStore.ReleasePermitAsync) && before == 0 ? Enum.Parse<Fault>(fault) : Fault.None);
        var (path, _) = await scene.InstanceAsync("one", Endpoint(limit: 1), store);
        var first = AskAsync(path);
        (await scene.Provider.NextAsync()).End();
        await first;

        var second = AskAsync(path);
        await scene.Scene.UntilAsync(() => scene.Provider.HasNext, Pace);

        (await scene.Provider.NextAsync()).End();
        await second;
    }

    [Fact]
    public async Task A_permit_of_which_nobody_knows_whether_it_was_given_is_not_kept()
    {
        await using var scene = await OpenAsync();
        var store = new FaultyStore(
            scene.Scene.Store, (operation, before) => operation == nameof(IStore.AcquirePermitAsync) && before == 0 ? Fault.LostAfter : Fault.None);
        var (path, _) = await scene.InstanceAsync("one", Endpoint(limit: 1), store);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => AskAsync(path));

        var second = AskAsync(path);
        await scene.Scene.UntilAsync(() => scene.Provider.HasNext, Pace);

        (await scene.Provider.NextAsync()).End();
        await second;
    }

    [Fact]
    public async Task A_call_that_must_be_alone_waits_for_the_others_and_is_not_overtaken()
    {
        await using var scene = await OpenAsync();
        var path = scene.Path(Endpoint(concurrency: 3));
        var light = AskAsync(path);
        var first = await scene.Provider.NextAsync();
        var heavy = AskAsync(path, Model(parallel: false));
        var later = AskAsync(path);
        await scene.Scene.SettleAsync();
        Assert.Equal(1, scene.Provider.Begun);

        first.End();
        await light;
        var alone = await scene.Provider.NextAsync();
        await scene.Scene.SettleAsync();
        Assert.Equal((1, 2), (scene.Provider.InFlight, scene.Provider.Begun));
        alone.End();
        await heavy;
        (await scene.Provider.NextAsync()).End();
        await later;
        Assert.Equal(1, scene.Provider.MostInFlight);
    }

    [Fact]
    public async Task A_call_that_must_be_alone_takes_the_whole_limit_of_all_instances()
    {
        await using var scene = await OpenAsync();
        var (one, _) = await scene.InstanceAsync("one", Endpoint(limit: 4));
        var (two, _) = await scene.InstanceAsync("two", Endpoint(limit: 4));
        var heavy = AskAsync(one, Model(parallel: false));
        var alone = await scene.Provider.NextAsync();
        var light = AskAsync(two);
        await scene.Scene.UntilAsync(() => scene.Provider.HasNext || scene.Time.GetUtcNow().Second > 2, Pace);
        Assert.False(scene.Provider.HasNext);

        alone.End();
        await heavy;
        await scene.Scene.UntilAsync(() => scene.Provider.HasNext, Pace);
        (await scene.Provider.NextAsync()).End();
        await light;
    }

    [Fact]
    public async Task The_endpoint_with_the_fewest_calls_is_next()
    {
        await using var scene = await OpenAsync();
        var path = scene.Path(Endpoint("x", concurrency: 4), Endpoint("y", concurrency: 4));
        var asked = new List<Task>();
        var calls = new List<FakeCall>();
        async Task<string> AskNextAsync()
        {
            asked.Add(AskAsync(path));
            calls.Add(await scene.Provider.NextAsync());
            return calls[^1].Endpoint.Name;
        }

        Assert.Equal("x", await AskNextAsync());
        Assert.Equal("y", await AskNextAsync());
        Assert.Equal("x", await AskNextAsync());
        calls[0].End();
        calls[2].End();
        await Task.WhenAll(asked[0], asked[2]);
        Assert.Equal("x", await AskNextAsync());

        calls.ForEach(call => call.End());
        await Task.WhenAll(asked);
    }

    [Fact]
    public async Task An_endpoint_of_twice_the_weight_gets_twice_the_calls()
    {
        await using var scene = await OpenAsync();
        var path = scene.Path(Endpoint("x", concurrency: 6), Endpoint("y", concurrency: 6) with { Weight = 2 });
        var asked = new List<Task>();
        var calls = new List<FakeCall>();
        for (var i = 0; i < 6; i++)
        {
            asked.Add(AskAsync(path));
            calls.Add(await scene.Provider.NextAsync());
        }

        Assert.Equal(4, calls.Count(call => call.Endpoint.Name == "y"));
        calls.ForEach(call => call.End());
        await Task.WhenAll(asked);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public async Task A_call_that_is_cancelled_while_it_waits_leaves_its_place_to_others(int? limit)
    {
        await using var scene = await OpenAsync();
        var (path, _) = await scene.InstanceAsync("one", Endpoint(concurrency: limit is null ? 1 : 2, limit: limit));
        var first = AskAsync(path);
        var running = await scene.Provider.NextAsync();
        using var stop = new CancellationTokenSource();
        var given = AskAsync(path, cancellation: stop.Token);
        var third = AskAsync(path);
        await scene.Scene.SettleAsync();

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        running.End();
        await first;

        await scene.Scene.UntilAsync(() => scene.Provider.HasNext, Pace);
        (await scene.Provider.NextAsync()).End();
        await third;
        Assert.Equal(2, scene.Provider.Begun);
    }

    [Fact]
    public async Task A_provider_without_an_endpoint_here_is_named()
    {
        await using var scene = await OpenAsync();
        var path = scene.Path(Endpoint());

        var refusal = Assert.Throws<EndpointUnavailableException>(() => path.ClientFor(Model() with { Provider = "openai" }));
        Assert.True(refusal.RetryAfter > TimeSpan.Zero);

        Assert.Contains("'openai'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("runtime.openai", refusal.Message, StringComparison.Ordinal);
    }
}
