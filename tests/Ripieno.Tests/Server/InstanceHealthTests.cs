using System.Net;
using Ripieno.Server;
using Ripieno.Storage;
using Ripieno.Tests.Workers;
using Ripieno.Workers;
using static Ripieno.Tests.Workers.WorkerScene;

namespace Ripieno.Tests.Server;

/// <summary>What supervisors hear of a worker.</summary>
public sealed class InstanceHealthTests
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private static readonly (HttpStatusCode, string) Alive = (HttpStatusCode.OK, "alive"), Ready = (HttpStatusCode.OK, "ready");

    [Fact]
    public async Task Readiness_comes_with_the_registration_and_goes_with_the_draining_while_the_process_counts_as_alive()
    {
        await using var scene = await WorkerScene.OpenAsync();
        await using var server = await ServerScene.OpenAsync(scene);
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("run", Step("a"));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "starting"), await server.GetAsync("/readyz"));
        Assert.Equal(Alive, await server.GetAsync("/healthz"));

        await server.Worker.StartAsync(CancellationToken.None);
        await held.Began;
        Assert.Equal(Ready, await server.GetAsync("/readyz"));

        var stopping = server.Worker.StopAsync(TimeSpan.FromHours(1));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "draining"), await server.GetAsync("/readyz"));
        Assert.Equal(Alive, await server.GetAsync("/healthz"));
        held.Finish();
        await stopping;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "draining"), await server.GetAsync("/readyz"));
    }

    [Fact]
    public async Task A_store_that_refuses_claims_makes_a_worker_unready_and_no_less_alive_until_it_takes_them_again()
    {
        await using var scene = await WorkerScene.OpenAsync();
        var store = new FaultyStore(scene.Store, (_, _) => Fault.None);
        await using var server = await ServerScene.OpenAsync(scene, await scene.StartAsync(store: store));
        Assert.Equal(Ready, await server.GetAsync("/readyz"));

        store.Plan = (operation, _) => operation == nameof(IStore.ClaimAsync) ? Fault.Unavailable : Fault.None;
        await scene.UntilAsync(async () => await server.GetAsync("/readyz") == (HttpStatusCode.ServiceUnavailable, "cannot reach the store"), Pace);
        Assert.Equal(Alive, await server.GetAsync("/healthz"));
        Assert.True(store.Fired[(nameof(IStore.ClaimAsync), Fault.Unavailable)] > 0);

        store.Plan = (_, _) => Fault.None;
        await scene.UntilAsync(async () => await server.GetAsync("/readyz") == Ready, Pace);
    }

    [Fact]
    public async Task A_heartbeat_that_gets_no_answer_makes_a_worker_unready_after_a_lease_and_a_hanging_loop_ends_its_life()
    {
        await using var scene = await WorkerScene.OpenAsync();
        var store = new FaultyStore(scene.Store, (operation, _) => operation == nameof(IStore.RenewAsync) ? Fault.Delayed : Fault.None)
        {
            Time = scene.Time,
            Delay = (_, _) => (TimeSpan.FromHours(5), TimeSpan.Zero),
        };
        var options = scene.Options() with { Lease = new() { Duration = TimeSpan.FromSeconds(30), Heartbeat = TimeSpan.FromSeconds(10) } };
        await using var server = await ServerScene.OpenAsync(scene, await scene.StartAsync(options, store: store));
        await scene.UntilAsync(() => store.Calls(nameof(IStore.RenewAsync)) > 0, Pace);

        await scene.UntilAsync(() => server.Worker.Readiness == Readiness.StoreAway, Pace);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "cannot reach the store"), await server.GetAsync("/readyz"));

        await scene.UntilAsync(() => !server.Worker.IsAlive, Pace);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "hangs"), await server.GetAsync("/healthz"));
    }

    [Fact]
    public async Task A_worker_whose_slots_are_busy_for_hours_does_not_hang()
    {
        await using var scene = await WorkerScene.OpenAsync();
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("run", Step("a"), Step("b"));
        await using var server = await ServerScene.OpenAsync(scene, await scene.StartAsync());
        await held.Began;
        await scene.SettleAsync();

        scene.Time.Advance(TimeSpan.FromHours(2));

        // Its heart beats once more before it can be asked.
        await scene.UntilAsync(async () => await server.GetAsync("/healthz") == Alive);
        Assert.Equal(Ready, await server.GetAsync("/readyz"));
        held.Finish();
    }

    [Fact]
    public async Task Nothing_else_is_answered_and_nobody_else()
    {
        await using var scene = await WorkerScene.OpenAsync();
        await using var server = await ServerScene.OpenAsync(scene);

        foreach (var path in (string[])["/healthz", "/metrics"])
        {
            Assert.Equal((HttpStatusCode.OK, ""), await server.GetAsync(path, HttpMethod.Head));
            Assert.Equal((HttpStatusCode.MethodNotAllowed, ""), await server.GetAsync(path, HttpMethod.Post));
            Assert.Equal((HttpStatusCode.BadRequest, ""), await server.GetAsync(path, host: "evil.example"));
        }

        foreach (var path in (string[])["/", "/metrics/x", "/healthz/..%2f", "/api", "/favicon.ico"])
            Assert.Equal((HttpStatusCode.NotFound, ""), await server.GetAsync(path));
        foreach (var host in (string[])["localhost", "127.0.0.1:1", "[::1]", "WORKER.example"])
            Assert.Equal(Alive, await server.GetAsync("/healthz", host: host));
        Assert.Equal((HttpStatusCode.BadRequest, ""), await server.GetAsync("/healthz", host: "10.0.0.5"));
    }

    [Theory]
    [InlineData("10.0.0.5", true)]
    [InlineData("[fd00::1]:9464", true)]
    [InlineData("worker-1.example:9464", true)]
    [InlineData("worker-2.example", false)]
    [InlineData("", false)]
    public void Where_others_may_call_any_address_will_do_and_no_name_that_was_not_given(string host, bool allowed) =>
        Assert.Equal(allowed, new AllowedHosts(IPAddress.Any, ["worker-1.example"]).Allows(new(host)));

    [Fact]
    public async Task An_address_that_cannot_be_had_is_a_sentence()
    {
        await using var scene = await WorkerScene.OpenAsync();
        await using var server = await ServerScene.OpenAsync(scene);
        var taken = server.Client.BaseAddress!.Port;

        var inUse = await Assert.ThrowsAsync<IOException>(() => StartAsync(IPAddress.Loopback, taken));
        // Kept for documentation: no machine has it.
        var foreign = await Assert.ThrowsAsync<IOException>(() => StartAsync(IPAddress.Parse("192.0.2.1"), taken));

        Assert.Equal($"Nothing can be served over HTTP at 127.0.0.1:{taken}: another process listens there. Choose another port, or 0 for any free one.", inUse.Message);
        Assert.StartsWith($"Nothing can be served over HTTP at 192.0.2.1:{taken}: no network interface of this machine has the address.", foreign.Message, StringComparison.Ordinal);

        Task<InstanceServer> StartAsync(IPAddress address, int port) =>
            InstanceServer.StartAsync(new() { Address = new(address, port), Instance = "two" }, server.Worker, scene.Store, scene.Time, CancellationToken.None);
    }
}
