using Ripieno.Errors;
using Ripieno.Models;
using static Ripieno.Tests.Models.ModelScene;

namespace Ripieno.Tests.Models;

/// <summary>How long an endpoint is left in peace after it was away.</summary>
public sealed class EndpointCoolingTests
{
    [Fact]
    public async Task Without_a_word_from_the_server_the_pause_doubles_from_one_to_thirty_seconds()
    {
        await using var scene = await OpenAsync();
        var path = scene.Path(Endpoint());

        foreach (var (failure, seconds) in new[] { 1, 2, 4, 8, 16, 30, 30 }.Index())
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), await FailAsync(scene, path, null));
            Assert.Equal(failure + 1, scene.Provider.Begun);
            scene.Time.Advance(TimeSpan.FromSeconds(seconds));
        }
    }

    [Fact]
    public async Task While_all_endpoints_cool_calls_are_refused_at_once_and_told_how_long()
    {
        await using var scene = await OpenAsync();
        var path = scene.Path(Endpoint());
        await FailAsync(scene, path, TimeSpan.FromSeconds(90));
        scene.Time.Advance(TimeSpan.FromSeconds(30));

        var refusal = await Assert.ThrowsAsync<EndpointUnavailableException>(() => AskAsync(path));

        Assert.Equal((TimeSpan.FromSeconds(60), "connection refused"), (refusal.RetryAfter, refusal.Message));
        Assert.Equal(1, scene.Provider.Begun);
        scene.Time.Advance(TimeSpan.FromSeconds(60));
        await AnswerAsync(scene, path);
    }

    [Fact]
    public async Task A_pause_is_extended_but_never_shortened()
    {
        await using var scene = await OpenAsync();
        var path = scene.Path(Endpoint(concurrency: 3));
        List<Task> asked = [AskAsync(path), AskAsync(path), AskAsync(path)];
        List<FakeCall> calls = [await scene.Provider.NextAsync(), await scene.Provider.NextAsync(), await scene.Provider.NextAsync()];

        var waits = new List<TimeSpan?>();
        foreach (var retryAfter in new TimeSpan?[] { TimeSpan.FromSeconds(60), null, TimeSpan.FromSeconds(75) })
        {
            calls[0].Fail(new EndpointUnavailableException("503", retryAfter));
            calls.RemoveAt(0);
            await scene.Scene.UntilAsync(() => asked.Exists(task => task.IsCompleted));
            var done = asked.First(task => task.IsCompleted);
            asked.Remove(done);
            waits.Add((await Assert.ThrowsAsync<EndpointUnavailableException>(() => done)).RetryAfter);
        }

        Assert.Equal([TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(75)], waits);
    }

    [Fact]
    public async Task Calls_that_fail_together_are_one_failure()
    {
        await using var scene = await OpenAsync();
        var path = scene.Path(Endpoint(concurrency: 2));
        List<Task> asked = [AskAsync(path), AskAsync(path)];
        List<FakeCall> calls = [await scene.Provider.NextAsync(), await scene.Provider.NextAsync()];
        calls.ForEach(call => call.Fail(new EndpointUnavailableException("refused")));
        foreach (var task in asked)
            Assert.Equal(TimeSpan.FromSeconds(1), (await Assert.ThrowsAsync<EndpointUnavailableException>(() => task)).RetryAfter);

        scene.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.FromSeconds(2), await FailAsync(scene, path, null));
    }

    [Fact]
    public async Task While_one_endpoint_cools_the_others_are_used()
    {
        await using var scene = await OpenAsync();
        var path = scene.Path(Endpoint("x"), Endpoint("y"));
        var asked = AskAsync(path);
        (await scene.Provider.NextAsync()).Fail(new EndpointUnavailableException("connection refused"));
        // The same call goes on at the other one.
        var call = await scene.Provider.NextAsync();
        call.Say("yes");
        call.End();
        await asked;
        Assert.Equal("y", call.Endpoint.Name);

        Assert.Equal("y", await AnswerAsync(scene, path));
        Assert.Equal("y", await AnswerAsync(scene, path));
        scene.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("x", await AnswerAsync(scene, path));
    }

    [Fact]
    public async Task An_answer_sets_the_pause_back()
    {
        await using var scene = await OpenAsync();
        var path = scene.Path(Endpoint());
        scene.Time.Advance(await FailAsync(scene, path, null) ?? default);
        scene.Time.Advance(await FailAsync(scene, path, null) ?? default);

        await AnswerAsync(scene, path);

        Assert.Equal(TimeSpan.FromSeconds(1), await FailAsync(scene, path, null));
    }

    [Fact]
    public async Task A_server_that_says_come_back_at_once_is_still_left_in_peace_for_a_moment()
    {
        await using var scene = await OpenAsync();
        var path = scene.Path(Endpoint());

        Assert.Equal(TimeSpan.FromSeconds(1), await FailAsync(scene, path, TimeSpan.Zero));
        scene.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(2), await FailAsync(scene, path, TimeSpan.Zero));
    }

    private static async Task<TimeSpan?> FailAsync(ModelScene scene, ModelPath path, TimeSpan? retryAfter)
    {
        var asked = AskAsync(path);
        (await scene.Provider.NextAsync()).Fail(new EndpointUnavailableException("connection refused", retryAfter));
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
