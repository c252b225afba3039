using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Storage;
using Ripieno.Tests.Workers;
using static Ripieno.Tests.Models.ModelScene;

namespace Ripieno.Tests.Models;

/// <summary>What one instance learns about an endpoint, and what all keep: pauses that the server asked for, rates, and permits of those who were silent.</summary>
public sealed class SharedLimitTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task What_a_server_asks_of_one_instance_all_keep_within_a_second_without_asking_for_permits()
    {
        await using var scene = await OpenAsync();
        var (one, two) = (scene.Path(Endpoint()), scene.Path(Endpoint()));
        await AnswerAsync(scene, two);
        await RefuseAsync(scene, one, 90 * Second, "429 of one");
        scene.Time.Advance(Second);

        var refusal = await Assert.ThrowsAsync<EndpointUnavailableException>(() => AskAsync(two));

        Assert.Equal((89 * Second, "429 of one"), (refusal.RetryAfter, refusal.Message));
        Assert.Equal(2, scene.Provider.Begun);
        scene.Time.Advance(89 * Second);
        await AnswerAsync(scene, two);
    }

    [Fact]
    public async Task A_reply_to_a_request_for_a_permit_tells_it_at_once()
    {
        await using var scene = await OpenAsync();
        var (one, _) = await scene.InstanceAsync("one", Endpoint(limit: 2));
        var (two, _) = await scene.InstanceAsync("two", Endpoint(limit: 2));
        await RefuseAsync(scene, one, 90 * Second, "429 of one");

        var refusal = await Assert.ThrowsAsync<EndpointUnavailableException>(() => AskAsync(two));

        Assert.Equal((90 * Second, "429 of one", 1), (refusal.RetryAfter, refusal.Message, scene.Provider.Begun));
    }

    [Fact]
    public async Task Many_calls_look_once_a_second_and_the_one_that_knows_does_not_look()
    {
        await using var scene = await OpenAsync();
        var store = new FaultyStore(scene.Scene.Store, (_, _) => Fault.None);
        var path = scene.Path(store, Guid.NewGuid(), null, Endpoint(concurrency: 50), Endpoint("other", concurrency: 50));
        for (var second = 0; second < 3; second++)
        {
            for (var call = 0; call < 20; call++)
                await AnswerAsync(scene, path);
            Assert.Equal(second + 1, store.Calls(nameof(IStore.ListCoolingsAsync)));
            scene.Time.Advance(Second);
        }

        Assert.Equal(0, store.Calls(nameof(IStore.CoolLimitAsync)));
    }

    [Fact]
    public async Task A_store_that_is_away_does_not_keep_calls_that_need_none()
    {
        await using var scene = await OpenAsync();
        var store = new FaultyStore(scene.Scene.Store, (_, _) => Fault.Unavailable);
        var path = scene.Path(store, Guid.NewGuid(), null, Endpoint());
        await AnswerAsync(scene, path);
        Assert.Equal(90 * Second, await RefuseAsync(scene, path, 90 * Second, "429"));
        Assert.True(store.Fired[(nameof(IStore.ListCoolingsAsync), Fault.Unavailable)] > 0);
        Assert.Equal(1, store.Fired[(nameof(IStore.CoolLimitAsync), Fault.Unavailable)]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    public async Task A_pause_that_the_server_did_not_ask_for_is_nobody_elses(int? retryAfter)
    {
        await using var scene = await OpenAsync();
        var (one, two) = (scene.Path(Endpoint()), scene.Path(Endpoint()));
        await RefuseAsync(scene, one, retryAfter * Second, "cannot be reached");
        scene.Time.Advance(0.9 * Second);
        await Assert.ThrowsAsync<EndpointUnavailableException>(() => AskAsync(one));

        await AnswerAsync(scene, two);

        Assert.Empty(await scene.Scene.Store.ListLimitsAsync(default));
    }

    [Fact]
    public async Task A_server_that_asks_for_hours_is_believed_ten_minutes()
    {
        await using var scene = await OpenAsync();
        Assert.Equal(TimeSpan.FromMinutes(10), await RefuseAsync(scene, scene.Path(Endpoint()), TimeSpan.FromHours(5), "429"));
        Assert.Equal(TimeSpan.FromMinutes(10), Assert.Single(await scene.Scene.Store.ListLimitsAsync(default)).CoolingFor);
    }

    [Fact]
    public async Task When_all_endpoints_cool_by_anybodys_word_the_step_waits_for_the_earliest()
    {
        await using var scene = await OpenAsync();
        var store = scene.Scene.Store;
        await store.CoolLimitAsync("endpoint/x", 50 * Second, "x", default);
        await store.CoolLimitAsync("endpoint/y", 20 * Second, "y", default);
        var path = scene.Path(Endpoint("x"), Endpoint("y"));
        var refusal = await Assert.ThrowsAsync<EndpointUnavailableException>(() => AskAsync(path));
        Assert.Equal((20 * Second, "y"), (refusal.RetryAfter, refusal.Message));
        scene.Time.Advance(20 * Second);
        await AnswerAsync(scene, path);
    }

    [Fact]
    public async Task A_rate_that_is_used_up_is_waited_for_outside_and_each_waits_for_a_turn_of_its_own()
    {
        await using var scene = await OpenAsync();
        var store = new FaultyStore(scene.Scene.Store, (_, _) => Fault.None);
        var endpoint = Endpoint(concurrency: 9) with { RequestsPerMinute = 3 };
        var (one, _) = await scene.InstanceAsync("one", endpoint);
        var (two, _) = await scene.InstanceAsync("two", endpoint, store);
        await AnswerAsync(scene, one);
        await AnswerAsync(scene, two);
        await AnswerAsync(scene, one);

        var turns = new List<TimeSpan>();
        for (var i = 0; i < 4; i++)
        {
            var refusal = await Assert.ThrowsAsync<EndpointUnavailableException>(() => AskAsync(two));
            Assert.Equal("Endpoint 'fake' has had 3 requests in the last minute, as many as it may.", refusal.Message);
            turns.Add(refusal.RetryAfter!.Value);
        }

        // The clock of the test stands at a whole second.
        Assert.Equal([62 * Second, 82 * Second, 102 * Second, 122 * Second], turns);
        // It was refused once; the others were known to be.
        Assert.Equal((2, 3), (store.Calls(nameof(IStore.AcquirePermitAsync)), scene.Provider.Begun));
        scene.Time.Advance(62 * Second);
        await AnswerAsync(scene, two);
    }

    [Fact]
    public async Task A_moment_is_waited_in_the_slot()
    {
        await using var scene = await OpenAsync();
        var (path, _) = await scene.InstanceAsync("one", Endpoint() with { RequestsPerMinute = 1 });
        await AnswerAsync(scene, path);
        scene.Time.Advance(61.5 * Second);
        var asked = AskAsync(path);
        await scene.Scene.SettleAsync();
        Assert.False(asked.IsCompleted);

        await scene.Scene.UntilAsync(() => scene.Provider.HasNext, Pace);

        (await scene.Provider.NextAsync()).End();
        await asked;
        Assert.Equal(new DateTimeOffset(2030, 1, 1, 0, 1, 2, TimeSpan.Zero).ToUnixTimeSeconds(), scene.Time.GetUtcNow().ToUnixTimeSeconds());
    }

    [Fact]
    public async Task An_endpoint_whose_rate_is_used_up_leaves_the_calls_to_others()
    {
        await using var scene = await OpenAsync();
        var instance = await scene.Scene.RegisterAsync("one", TimeSpan.FromHours(9));
        var path = scene.Path(scene.Scene.Store, instance.Incarnation, null, Endpoint("x") with { RequestsPerMinute = 1 }, Endpoint("y"));
        Assert.Equal(["x", "y", "y"], [await AnswerAsync(scene, path), await AnswerAsync(scene, path), await AnswerAsync(scene, path)]);
    }

    [Fact]
    public async Task Tokens_are_reserved_for_prompt_and_answer_and_settled_with_what_the_server_says_or_with_what_it_wrote()
    {
        await using var scene = await OpenAsync();
        var (path, _) = await scene.InstanceAsync("one", Endpoint() with { TokensPerMinute = 100_000 });
        async Task<long> TokensAsync() => Assert.Single(await scene.Scene.Store.ListLimitsAsync(default)).Tokens;

        var asked = AskAsync(path);
        var call = await scene.Provider.NextAsync();
        // "hello" and an answer of any length.
        Assert.Equal(2 + 2000, await TokensAsync());
        call.Cost(120, 30);
        call.End();
        await asked;
        Assert.Equal(150, await TokensAsync());

        asked = AskAsync(path);
        call = await scene.Provider.NextAsync();
        call.Say("twelve chars");
        call.End();
        await asked;
        Assert.Equal(150 + 2 + 3, await TokensAsync());

        asked = AskAsync(path);
        (await scene.Provider.NextAsync()).Fail(new ModelCallException("broke off"));
        await Assert.ThrowsAsync<ModelCallException>(() => asked);
        Assert.Equal(155 + 2002, await TokensAsync());

        await RefuseAsync(scene, path, null, "503");
        Assert.Equal(155 + 2002, await TokensAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_whose_permit_was_given_away_while_its_instance_was_silent_is_aborted(bool isTaken)
    {
        await using var scene = await OpenAsync();
        var lease = 30 * Second;
        var store = scene.Scene.Store;
        var frozen = await scene.Scene.RegisterAsync("frozen", lease);
        var one = scene.Path(store, frozen.Incarnation, null, Endpoint(limit: 1));
        var (two, _) = await scene.InstanceAsync("two", Endpoint(limit: 1));
        var asked = AskAsync(one);
        var call = await scene.Provider.NextAsync();
        scene.Time.Advance(lease);
        if (isTaken)
        {
            var taking = AskAsync(two);
            (await scene.Provider.NextAsync()).Say("mine");
            await scene.Scene.SettleAsync();
            Assert.False(taking.IsCompleted);
        }

        await store.RenewAsync(frozen.Incarnation, [], lease, default);
        Assert.Equal(isTaken ? 1 : 0, await one.AbortLapsedAsync(default));

        if (isTaken)
        {
            // Nothing had come of it, so it asks again, and waits like everybody.
            await scene.Scene.UntilAsync(() => scene.Provider.InFlight == 1);
            Assert.False(asked.IsCompleted);
            return;
        }

        call.Say("yes");
        call.End();
        Assert.Equal("yes", (await asked).Text);
    }

    [Fact]
    public async Task A_call_that_was_answering_when_its_permit_was_lost_costs_the_step_no_attempt()
    {
        await using var scene = await OpenAsync();
        var frozen = await scene.Scene.RegisterAsync("frozen", 30 * Second);
        var path = scene.Path(scene.Scene.Store, frozen.Incarnation, null, Endpoint(limit: 1));
        var asked = AskAsync(path);
        (await scene.Provider.NextAsync()).Say("half an");
        await scene.Scene.SettleAsync();
        await scene.Scene.Store.EndInstanceAsync(frozen.Incarnation, InstanceEnd.Died, default);
        await scene.Scene.Store.RegisterInstanceAsync(frozen, 30 * Second, default);

        Assert.Equal(1, await path.AbortLapsedAsync(default));

        var away = await Assert.ThrowsAsync<EndpointUnavailableException>(() => asked);
        Assert.Equal((Second, true), (away.RetryAfter, away.Message.Contains("silent for longer than its lease", StringComparison.Ordinal)));
        await scene.Scene.UntilAsync(() => scene.Provider.InFlight == 0);
    }

    private static async Task<TimeSpan?> RefuseAsync(ModelScene scene, ModelPath path, TimeSpan? retryAfter, string reason)
    {
        var asked = AskAsync(path);
        (await scene.Provider.NextAsync()).Fail(new EndpointUnavailableException(reason, retryAfter));
        return (await Assert.ThrowsAsync<EndpointUnavailableException>(() => asked)).RetryAfter;
    }

    private static async Task<string> AnswerAsync(ModelScene scene, ModelPath path)
    {
        var asked = AskAsync(path);
        var call = await scene.Provider.NextAsync();
        call.Say("yes");
        call.End();
        Assert.Equal("yes", (await asked).Text);
        return call.Endpoint.Name;
    }
}
