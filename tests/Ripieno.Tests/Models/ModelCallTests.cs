using System.Collections.Concurrent;
using Ripieno.Errors;
using Ripieno.Models;
using static Ripieno.Tests.Models.ModelScene;

namespace Ripieno.Tests.Models;

/// <summary>Time limits of one call, and what people see of it.</summary>
public sealed class ModelCallTests
{
    private static readonly ModelCallLimits Limits = new() { FirstToken = TimeSpan.FromSeconds(60), BetweenTokens = TimeSpan.FromSeconds(20), Total = TimeSpan.FromSeconds(100) };

    [Fact]
    public async Task A_call_that_never_begins_to_answer_is_ended()
    {
        await using var scene = await OpenAsync();
        var asked = AskAsync(Path(scene));
        await scene.Provider.NextAsync();

        scene.Time.Advance(TimeSpan.FromSeconds(59));
        await scene.Scene.SettleAsync();
        Assert.False(asked.IsCompleted);
        scene.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("llama3.2 at fake sent nothing for 1 min.", (await Assert.ThrowsAsync<ModelCallException>(() => asked)).Message);
        await scene.Scene.UntilAsync(() => scene.Provider.InFlight == 0);
    }

    [Fact]
    public async Task A_call_that_falls_silent_is_ended()
    {
        await using var scene = await OpenAsync();
        var seen = new Seen();
        var asked = AskAsync(Path(scene), progress: seen);
        var call = await scene.Provider.NextAsync();
        scene.Time.Advance(TimeSpan.FromSeconds(40));
        call.Say("a");
        await scene.Scene.UntilAsync(() => seen.Last.Tokens == 1);
        scene.Time.Advance(TimeSpan.FromSeconds(19));
        call.Say("b");
        await scene.Scene.UntilAsync(() => seen.Last.Tokens == 2);
        Assert.False(asked.IsCompleted);

        scene.Time.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal("llama3.2 at fake sent nothing for 20 s.", (await Assert.ThrowsAsync<ModelCallException>(() => asked)).Message);
    }

    [Fact]
    public async Task A_call_that_goes_on_for_ever_is_ended()
    {
        await using var scene = await OpenAsync();
        var seen = new Seen();
        var asked = AskAsync(Path(scene), progress: seen);
        var call = await scene.Provider.NextAsync();
        for (var token = 1; token < 10; token++)
        {
            call.Say("again ");
            await scene.Scene.UntilAsync(() => seen.Last.Tokens == token);
            scene.Time.Advance(TimeSpan.FromSeconds(11));
        }

        scene.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("llama3.2 at fake took longer than 1 min 40 s.", (await Assert.ThrowsAsync<ModelCallException>(() => asked)).Message);
    }

    [Fact]
    public async Task The_callers_cancellation_is_a_cancellation_and_frees_the_place()
    {
        await using var scene = await OpenAsync();
        var path = scene.Path(Endpoint(concurrency: 1));
        using var stop = new CancellationTokenSource();
        var asked = AskAsync(path, cancellation: stop.Token);
        await scene.Provider.NextAsync();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        var next = AskAsync(path);
        (await scene.Provider.NextAsync()).End();
        await next;
    }

    [Fact]
    public async Task A_failed_call_is_passed_on_as_it_is_not_repeated_and_frees_the_place()
    {
        await using var scene = await OpenAsync();
        var path = scene.Path(Endpoint(concurrency: 1));
        var asked = AskAsync(path);
        (await scene.Provider.NextAsync()).Fail(new ModelCallException("500"));

        Assert.Equal("500", (await Assert.ThrowsAsync<ModelCallException>(() => asked)).Message);
        Assert.Equal(1, scene.Provider.Begun);
        var next = AskAsync(path);
        (await scene.Provider.NextAsync()).End();
        await next;
    }

    [Fact]
    public async Task Progress_tells_of_waiting_reading_and_writing_with_tokens()
    {
        await using var scene = await OpenAsync();
        var path = scene.Path(Endpoint(concurrency: 1));
        var first = AskAsync(path);
        var running = await scene.Provider.NextAsync();
        var seen = new Seen();
        var asked = AskAsync(path, progress: seen);
        Assert.Equal(new ModelProgress("waiting for fake", 0), seen.Last);

        running.End();
        await first;
        var call = await scene.Provider.NextAsync();
        await scene.Scene.UntilAsync(() => seen.Last == new ModelProgress("llama3.2 is reading", 0));
        call.Say("one");
        await scene.Scene.UntilAsync(() => seen.Last == new ModelProgress("llama3.2 is writing", 1));
        call.Say("two");
        await scene.Scene.UntilAsync(() => seen.Last == new ModelProgress("llama3.2 is writing", 2));
        call.End();

        Assert.Equal("onetwo", (await asked).Text);
        Assert.DoesNotContain(seen.All, progress => progress.Text.StartsWith("loading", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Progress_tells_that_other_processes_use_the_limit()
    {
        await using var scene = await OpenAsync();
        var (one, _) = await scene.InstanceAsync("one", Endpoint(limit: 1));
        var (two, _) = await scene.InstanceAsync("two", Endpoint(limit: 1));
        var first = AskAsync(one);
        var running = await scene.Provider.NextAsync();
        var seen = new Seen();
        var second = AskAsync(two, progress: seen);

        await scene.Scene.UntilAsync(() => seen.Last.Text == "waiting for fake (its limit is in use by other processes)");

        running.End();
        await first;
        await scene.Scene.UntilAsync(() => scene.Provider.HasNext, Pace);
        (await scene.Provider.NextAsync()).End();
        await second;
    }

    [Fact]
    public async Task Progress_tells_that_the_model_is_being_loaded_until_it_is()
    {
        await using var scene = await OpenAsync();
        scene.Provider.Loaded = false;
        var seen = new Seen();
        var asked = AskAsync(scene.Path(Endpoint()), progress: seen);
        var call = await scene.Provider.NextAsync();
        await scene.Scene.UntilAsync(() => seen.Last == new ModelProgress("loading llama3.2", 0));

        scene.Provider.Loaded = true;
        await scene.Scene.UntilAsync(() => seen.Last == new ModelProgress("llama3.2 is reading", 0), TimeSpan.FromMilliseconds(500));
        call.End();
        await asked;
    }

    [Fact]
    public async Task A_call_that_fails_while_the_model_loads_leaves_nothing_behind_that_asks_on()
    {
        await using var scene = await OpenAsync();
        scene.Provider.Loaded = false;
        var seen = new Seen();
        var asked = AskAsync(scene.Path(Endpoint()), progress: seen);
        var call = await scene.Provider.NextAsync();
        await scene.Scene.UntilAsync(() => seen.Last.Text == "loading llama3.2");
        call.Fail(new ModelCallException("500: the runner crashed"));
        await Assert.ThrowsAsync<ModelCallException>(() => asked);
        var before = scene.Provider.LoadedAsked;

        for (var seconds = 0; seconds < 10; seconds++)
        {
            scene.Time.Advance(TimeSpan.FromSeconds(1));
            await scene.Scene.SettleAsync(5);
        }

        Assert.Equal(before, scene.Provider.LoadedAsked);
    }

    private static ModelPath Path(ModelScene scene) => scene.Path(scene.Scene.Store, Guid.NewGuid(), Limits, Endpoint());

    private sealed class Seen : IProgress<ModelProgress>
    {
        private readonly ConcurrentQueue<ModelProgress> _all = [];

        public IEnumerable<ModelProgress> All => _all;

        public ModelProgress Last => _all.LastOrDefault();

        public void Report(ModelProgress value) => _all.Enqueue(value);
    }
}
