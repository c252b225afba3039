using System.Text.Json;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Runs;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Callbacks;

/// <summary>Receivers and commands that are told of the end of runs, by real processes on both stores.</summary>
public abstract class CallbackTests(bool onRedis) : IAsyncLifetime
{
    private RedisServer? _redis;
    private Workspace _workspace = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = onRedis ? await RedisServer.StartAsync(new() { AppendFsync = "always" }) : null;
        _workspace = new(_redis?.Endpoint);
    }

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
            await _redis.DisposeAsync();
        _workspace.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_receiver_that_fails_twice_is_told_in_the_end_and_a_command_and_an_address_are_too()
    {
        using var receiver = new Receiver(500, 503);
        var variables = Configure(receiver);
        await using var fleet = new Fleet(_workspace);
        await SubmitAsync("told", "--callback", "ci", "--callback", "notify", "--callback", receiver.Url + "7");
        await fleet.StartAsync("one", slots: 4, variables);

        await fleet.DrainedAsync(["told", "told.callback-1", "told.callback-2", "told.callback-3"]);

        var got = receiver.Got;
        Assert.Equal(4, got.Count);
        Assert.All(got, webhook => Assert.True(webhook.IsGenuine));
        Assert.Equal(2, got.Select(webhook => (webhook.Path, webhook.Id, webhook.Body)).Distinct().Count());
        var message = JsonDocument.Parse(got[0].Body).RootElement;
        Assert.Equal(("run.succeeded", "told"), (message.GetProperty("type").GetString(), message.GetProperty("data").GetProperty("id").GetString()));
        Assert.Equal("told succeeded Add login", File.ReadAllText(_workspace.In("told.txt")).Trim());
        Assert.Equal(got[0].Body, File.ReadAllText(_workspace.In("told.json")));
        Assert.All(await fleet.StopAllAsync(), result => result.Exits(0));

        var shown = JsonDocument.Parse((await CommandAsync("show", "told", "--json")).Output).RootElement;
        Assert.All(shown.GetProperty("callbacks").EnumerateArray(), callback => Assert.Equal("delivered", callback.GetProperty("status").GetString()));
        Assert.Equal("told", (await CommandAsync("runs", "--quiet")).Output.Trim());
        Assert.Equal(4, (await CommandAsync("runs", "--all", "--quiet")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.False(Directory.Exists(_workspace.In("artifacts", "told.callback-1")), "Callbacks leave no files.");
    }

    [Fact]
    [Trait("Promise", "I1")]
    public async Task A_worker_killed_between_the_end_of_the_run_and_the_answer_of_the_receiver_loses_nothing()
    {
        using var receiver = new Receiver(0);
        var variables = Configure(receiver);
        await using var fleet = new Fleet(_workspace);
        await SubmitAsync("killed", "--callback", "ci");
        await fleet.StartAsync("left", slots: 2, variables);
        await Storms.UntilAsync("the receiver has the message", () => Task.FromResult(receiver.Got.Count == 1));
        Assert.Equal(RunStatus.Succeeded, (await (await fleet.StoreAsync()).FindRunAsync("killed", default))!.Status);
        await fleet.KillAsync("left");

        await fleet.StartAsync("right", slots: 2, variables);
        await fleet.DrainedAsync(["killed.callback-1"]);

        Assert.All(await fleet.StopAllAsync(), result => result.Exits(0));
        Assert.Equal(2, receiver.Got.Count);
        Assert.True(receiver.Got[1].IsGenuine);
        Assert.Equal(receiver.Got[0] with { IsGenuine = true }, receiver.Got[1]);
    }

    [Fact]
    public async Task A_cancelled_run_is_told_of_by_a_worker_that_comes_later()
    {
        using var receiver = new Receiver();
        var variables = Configure(receiver);
        await using var fleet = new Fleet(_workspace);
        await SubmitAsync("cancelled", "--callback", "ci");
        (await CommandAsync("cancel", "cancelled")).Exits(0);

        await fleet.StartAsync("one", slots: 1, variables);
        await fleet.DrainedAsync(["cancelled.callback-1"]);

        Assert.Equal("run.cancelled", JsonDocument.Parse(Assert.Single(receiver.Got).Body).RootElement.GetProperty("type").GetString());
        Assert.All(await fleet.StopAllAsync(), result => result.Exits(0));
    }

    /// <summary>The secret is the workers' alone: whoever submits does not have it.</summary>
    private Dictionary<string, string> Configure(Receiver receiver)
    {
        _workspace.Write("config/agents.config.json", $$$"""
            {
              "runtime": { "defaultProvider": "simulated", "simulated": { "latency": "20ms", "revisionRate": 0 } },
              "callbacks": {
                "ci": { "url": "{{{receiver.Url}}}", "below": true, "secretEnv": "CI_CALLBACK_SECRET" },
                "notify": { "command": ["sh", "-c", "cat > told.json; echo \"$RIPIENO_RUN $RIPIENO_STATUS $1\" > told.txt", "sh", "{{run.title}}"] }
              }
            }
            """);
        return new() { ["CI_CALLBACK_SECRET"] = receiver.Secret };
    }

    private async Task SubmitAsync(string id, params string[] callbacks) => (await CommandAsync(["submit", "Add login", "--id", id, "--quiet", .. callbacks])).Exits(0);

    private Task<ProcessResult> CommandAsync(params string[] arguments) => RipienoProcess.RunAsync(_workspace, [.. arguments, .. _workspace.StoreOptions]);
}

[Collection(Collections.Embedded)]
public sealed class SqliteCallbackTests() : CallbackTests(onRedis: false);

[Collection(Collections.Redis)]
public sealed class RedisCallbackTests() : CallbackTests(onRedis: true);
