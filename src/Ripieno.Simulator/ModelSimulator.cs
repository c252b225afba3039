using System.Collections.Immutable;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Ripieno.Errors;

namespace Ripieno.Simulator;

/// <summary>
/// A fake model server on 127.0.0.1 that speaks Ollama's protocol, OpenAI's below <c>/v1</c>, Azure's below <c>/openai/v1</c> and that of GitHub Models below <c>/inference</c>. It answers by seed, keeps a log of all
/// calls, counts those in flight, and fails when told to.
/// </summary>
internal sealed class ModelSimulator : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly FaultPlan _faults;
    private readonly RequestLog _log;
    private readonly ChatHandler _chat;
    private readonly WebApplication _server;
    private int _disposed;

    private ModelSimulator(SimulatorOptions options)
    {
        var models = new LoadedModels(options);
        _faults = new FaultPlan(options);
        _log = new RequestLog(options);
        _chat = new ChatHandler(options, models, _log, _faults, _stopping.Token);
        _server = Build(options);
        _server.Run(new ServerRoutes(_chat, models, options).HandleAsync);
    }

    /// <summary>Base URL for Ollama clients, for example <c>http://127.0.0.1:11434/</c>.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>Base URL for OpenAI clients.</summary>
    public Uri OpenAiUrl => new(Url, "v1");

    /// <summary>Base URL for clients of GitHub Models.</summary>
    public Uri GitHubUrl => new(Url, "inference");

    /// <summary>Where a managed identity gets its tokens, for <c>IDENTITY_ENDPOINT</c>.</summary>
    public Uri IdentityUrl => new(Url, "msi/token");

    /// <summary>Chat calls in order of arrival, those under way included.</summary>
    public ImmutableArray<SimulatedRequest> Requests => _log.All;

    /// <summary>Calls accepted and not ended, those that queue included.</summary>
    public int InFlight => _chat.InFlight.Now;

    /// <summary>
    /// The most calls that were in flight at once. A call that its client abandoned counts until the server notices the closed connection,
    /// a moment after the client.
    /// </summary>
    public int MaxInFlight => _chat.InFlight.Max;

    /// <summary>Calls that hold a slot.</summary>
    public int Computing => _chat.Computing.Now;

    public int MaxComputing => _chat.Computing.Max;

    /// <summary>Calls that wait for a slot.</summary>
    public int Queued => _chat.Queued;

    /// <exception cref="ConflictException">The port is taken.</exception>
    public static async Task<ModelSimulator> StartAsync(SimulatorOptions options, CancellationToken cancellation = default)
    {
        var simulator = new ModelSimulator(options);
        try
        {
            await simulator._server.StartAsync(cancellation);
        }
        catch (Exception failure)
        {
            await simulator.DisposeAsync();
            if (failure is IOException)
                throw new ConflictException($"Port {options.Port} on 127.0.0.1 cannot be used: {failure.Message} Choose another port, or 0 for any free one.");
            throw;
        }

        var addresses = simulator._server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        simulator.Url = new Uri(addresses.Addresses.Single());
        return simulator;
    }

    /// <summary>Lets the next calls fail, after those asked for before.</summary>
    public void Fail(int calls, FaultKind kind, string? retryAfter = null, string? retryAfterMilliseconds = null) =>
        _faults.Add(calls, new Fault(kind, retryAfter, retryAfterMilliseconds));

    /// <summary>Lets the next calls pass, after those asked for before; also spares them random faults.</summary>
    public void Pass(int calls) => _faults.Add(calls, null);

    /// <summary>Completes once the condition holds; it is looked at whenever a call arrives, queues, gets a slot or ends.</summary>
    public async Task WhenAsync(Func<ModelSimulator, bool> condition, CancellationToken cancellation = default)
    {
        while (true)
        {
            var changed = _log.Changed;
            if (condition(this))
                return;
            await changed.WaitAsync(cancellation);
        }
    }

    /// <summary>Breaks the calls under way and frees the port. May be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        await _stopping.CancelAsync();
        await _server.StopAsync();
        await _server.DisposeAsync();
        _chat.Dispose();
        _log.Dispose();
        _stopping.Dispose();
    }

    private static WebApplication Build(SimulatorOptions options)
    {
        // Empty: no files or variables read, no console logging, nothing bound but what stands here.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, options.Port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            // A stalled client and a trickling answer are both things to simulate.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        return builder.Build();
    }
}
