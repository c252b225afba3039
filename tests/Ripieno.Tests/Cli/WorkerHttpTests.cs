using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Ripieno.Cli;
using Ripieno.Simulator;
using Ripieno.Tests.Server;

namespace Ripieno.Tests.Cli;

/// <summary><c>worker --http</c>, with whole commands.</summary>
public sealed class WorkerHttpTests : IDisposable
{
    private readonly CommandRun _command = new CommandRun().WithSimulation().WithVariable("INSTANCE_ID", "instance-a").With("backlog.md", "- [ ] Add a cart\n- [ ] Add a till\n");

    public void Dispose() => _command.Dispose();

    [Fact]
    public async Task Runs_that_execute_are_seen_in_the_metrics_by_name_label_and_value()
    {
        using var stop = new Interruption(_ => { });
        _command.Interruption = stop;
        var (worker, url) = await StartAsync("worker", "--http", "0", "--json");
        _command.Interruption = new(_ => { });
        using var client = new HttpClient { BaseAddress = url };
        await _command.RunAsync("submit", "backlog.md", "--id", "seen");
        var watched = await _command.RunAsync("watch", "seen");
        var shown = await _command.RunAsync("show", "seen", "--steps", "--json");
        var steps = JsonDocument.Parse(shown.Output).RootElement.GetProperty("steps").EnumerateArray().Sum(step => step.GetProperty("executions").GetInt32());
        Scrape scrape;
        do
            scrape = await Scrape.OfAsync(client);
        while (!worker.IsCompleted && (scrape["ripieno_steps_total", "status=succeeded", "workflow=standard", "ripieno_instance=instance-a"] ?? 0) < steps);

        stop.Raise();
        var ended = await worker;

        Assert.Equal((ExitCode.Done, ExitCode.Done), (watched.ExitCode, ended.ExitCode));
        Assert.True(steps >= 5, $"{steps} steps");
        Assert.Equal(steps, scrape["ripieno_steps_total"]);
        Assert.Equal(4, scrape["ripieno_worker_slots"]);
        Assert.NotNull(scrape["ripieno_scaling_load"]);
        Assert.NotNull(scrape["ripieno_queue_depth", "queue=default", "state=ready"]);
        Assert.All(scrape.Samples, sample => Assert.Equal("instance-a", sample.Labels["ripieno_instance"]));
        Assert.DoesNotContain("seen", scrape.Text, StringComparison.Ordinal);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri("/healthz", UriKind.Relative)));
    }

    [Fact]
    public async Task A_worker_that_drains_says_so_until_its_last_step_has_ended()
    {
        await using var simulator = await ModelSimulator.StartAsync(new() { Latency = TimeSpan.FromHours(1) });
        _command.With("config/agents.config.json", $$"""{ "runtime": { "defaultProvider": "openai", "openai": { "endpoint": "{{simulator.OpenAiUrl}}" } } }""");
        await _command.RunAsync("submit", "backlog.md", "--id", "slow");
        using var stop = new Interruption(_ => { });
        _command.Interruption = stop;
        var (worker, url) = await StartAsync("worker", "--http", "127.0.0.1:0", "--json", "--grace", "1h");
        using var client = new HttpClient { BaseAddress = url };
        await simulator.WhenAsync(one => one.InFlight > 0);
        Assert.Equal((HttpStatusCode.OK, "ready"), await GetAsync("/readyz"));
        Assert.Equal(1, (await Scrape.OfAsync(client))["ripieno_worker_slots", "state=busy"]);

        stop.Raise();
        (HttpStatusCode Status, string Text) ready;
        do
            ready = await GetAsync("/readyz");
        while (ready.Status == HttpStatusCode.OK);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "draining"), ready);
        Assert.Equal((HttpStatusCode.OK, "alive"), await GetAsync("/healthz"));
        Assert.Equal(0, (await Scrape.OfAsync(client))["ripieno_instance_up"]);
        Assert.False(worker.IsCompleted);
        await simulator.DisposeAsync();
        Assert.Equal(ExitCode.Done, (await worker).ExitCode);

        async Task<(HttpStatusCode, string)> GetAsync(string path)
        {
            using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
            return (answer.StatusCode, (await answer.Content.ReadAsStringAsync()).TrimEnd());
        }
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_the_worker_before_it_takes_any_work()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        await _command.RunAsync("submit", "backlog.md", "--id", "waits");

        var refused = await _command.RunAsync("worker", "--http", $"{port}");

        Assert.Equal(ExitCode.Unavailable, refused.ExitCode);
        Assert.Equal($"ripieno: Nothing can be served over HTTP at 127.0.0.1:{port}: another process listens there. Choose another port, or 0 for any free one.", refused.Error.TrimEnd());
        Assert.Empty(refused.Output);
        var shown = await _command.RunAsync("show", "waits", "--steps", "--json");
        Assert.All(JsonDocument.Parse(shown.Output).RootElement.GetProperty("steps").EnumerateArray(), step => Assert.Equal(0, step.GetProperty("executions").GetInt32()));
    }

    [Fact]
    public async Task Openness_to_others_must_be_asked_for()
    {
        using var stop = new Interruption(_ => { });
        _command.Interruption = stop;
        var (worker, url) = await StartAsync("worker", "--http", "0.0.0.0:0", "--insecure", "--json");
        using var client = new HttpClient();

        Assert.Equal("alive\n", await client.GetStringAsync(new Uri($"http://127.0.0.1:{url.Port}/healthz")));

        stop.Raise();
        Assert.Equal(ExitCode.Done, (await worker).ExitCode);
    }

    /// <summary>Until it has told where it listens.</summary>
    private async Task<(Task<CommandOutcome> Worker, Uri Url)> StartAsync(params string[] args)
    {
        var worker = _command.Start(out var output, args);
        while (!output().Contains('\n', StringComparison.Ordinal) && !worker.IsCompleted)
            await Task.Yield();
        var started = JsonDocument.Parse(output().Split('\n')[0]).RootElement;
        return (worker, new(started.GetProperty("http").GetString()!));
    }
}
