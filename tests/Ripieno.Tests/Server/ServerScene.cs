using System.Net;
using Ripieno.Server;
using Ripieno.Storage;
using Ripieno.Tests.Workers;
using Ripieno.Workers;

namespace Ripieno.Tests.Server;

/// <summary>A worker that need not have started, a server for it on a free port, and a client.</summary>
internal sealed class ServerScene : IAsyncDisposable
{
    private readonly InstanceServer _server;
    private readonly bool _owned;

    private ServerScene(Worker worker, InstanceServer server, bool owned)
    {
        (Worker, _server, _owned) = (worker, server, owned);
        Client = new() { BaseAddress = server.Url };
    }

    public Worker Worker { get; }

    public HttpClient Client { get; }

    /// <summary>For a worker that has not started.</summary>
    public static async Task<ServerScene> OpenAsync(WorkerScene scene)
    {
        var options = scene.Options();
        var worker = new Worker(scene.Store, ThisInstance.Describe("one", options.Slots, scene.Time), options, [scene.Executor], scene.Time);
        return new(worker, await StartAsync(worker, scene.Store, scene), owned: true);
    }

    /// <summary>For one that the scene owns.</summary>
    public static async Task<ServerScene> OpenAsync(WorkerScene scene, Worker worker, string instance = "one", IStore? store = null, params string[] meters) =>
        new(worker, await StartAsync(worker, store ?? scene.Store, scene, instance, meters), owned: false);

    public async Task<(HttpStatusCode Status, string Text)> GetAsync(string path, HttpMethod? method = null, string? host = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Headers.Host = host;
        using var answer = await Client.SendAsync(request);
        Assert.False(answer.Headers.Contains("Server"));
        return (answer.StatusCode, (await answer.Content.ReadAsStringAsync()).TrimEnd());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
        if (_owned)
            await Worker.DisposeAsync();
    }

    private static Task<InstanceServer> StartAsync(Worker worker, IStore store, WorkerScene scene, string instance = "one", params string[] meters)
    {
        var options = new InstanceServerOptions { Address = new(IPAddress.Loopback, 0), Instance = instance, Hosts = ["worker.example"] };
        return InstanceServer.StartAsync(options with { Meters = [.. options.Meters, .. meters] }, worker, store, scene.Time, CancellationToken.None);
    }
}
