using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Ripieno.Cluster;
using Ripieno.Storage;
using Ripieno.Workers;

namespace Ripieno.Server;

/// <summary>Answers for one worker over HTTP: <c>/healthz</c>, <c>/readyz</c>, <c>/metrics</c>, by GET and HEAD, and nothing else.</summary>
internal sealed class InstanceServer : IAsyncDisposable
{
    /// <summary>For answers under way, when it ends.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private static readonly HttpMethodMetadata Reading = new([HttpMethods.Get, HttpMethods.Head]);

    private readonly WebApplication _server;
    private readonly ClusterGlance _glance;
    private readonly ClusterMeter _meter;
    private readonly TimeProvider _time;
    private int _disposed;

    private InstanceServer(InstanceServerOptions options, Worker worker, IStore store, TimeProvider time)
    {
        _time = time;
        _glance = new(store, time);
        _meter = new(_glance, options.Instance);
        _server = Build(options, worker, _glance);
        var hosts = new AllowedHosts(options.Address.Address, options.Hosts);
        _server.Use((context, next) => GuardAsync(context, next, hosts));
        _server.UseRouting();
        _server.Map("/healthz", context => InstanceHealth.LiveAsync(context, worker)).WithMetadata(Reading);
        _server.Map("/readyz", context => InstanceHealth.ReadyAsync(context, worker)).WithMetadata(Reading);
        InstanceMetrics.Map(_server, _glance).WithMetadata(Reading);
    }

    /// <summary>With the port that it got.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>Listens. The worker need not have started.</summary>
    /// <exception cref="IOException">The address is taken, is not one of this machine, or needs rights that this process does not have.</exception>
    public static async Task<InstanceServer> StartAsync(InstanceServerOptions options, Worker worker, IStore store, TimeProvider time, CancellationToken cancellation)
    {
        var server = new InstanceServer(options, worker, store, time);
        try
        {
            await server._server.StartAsync(cancellation);
        }
        catch (Exception failure)
        {
            await server.DisposeAsync();
            if (SocketErrorOf(failure) is { } error)
                throw new IOException($"Nothing can be served over HTTP at {options.Address}: {Text(error, failure)}", failure);
            throw;
        }

        server.Url = new(server._server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        using var farewell = new CancellationTokenSource(Farewell, _time);
        await _server.StopAsync(farewell.Token);
        await _server.DisposeAsync();
        _meter.Dispose();
        _glance.Dispose();
    }

    private static WebApplication Build(InstanceServerOptions options, Worker worker, ClusterGlance glance)
    {
        // Empty: no files or variables read, no console logging, nothing bound but what stands here.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddRoutingCore();
        InstanceMetrics.Add(builder.Services, options, worker, glance);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(options.Address, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.AddServerHeader = false;
            // Supervisors and scrapers send next to nothing, and are few.
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxRequestHeadersTotalSize = 8 * 1024;
            kestrel.Limits.MaxRequestLineSize = 2 * 1024;
            kestrel.Limits.MaxConcurrentConnections = 100;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
        return builder.Build();
    }

    private static Task GuardAsync(HttpContext context, RequestDelegate next, AllowedHosts hosts)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (hosts.Allows(context.Request.Host))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return Task.CompletedTask;
    }

    private static SocketError? SocketErrorOf(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            if (failure is SocketException socket)
                return socket.SocketErrorCode;
        }

        return null;
    }

    private static string Text(SocketError error, Exception failure) => error switch
    {
        SocketError.AddressAlreadyInUse => "another process listens there. Choose another port, or 0 for any free one.",
        SocketError.AccessDenied => "this user may not. Choose a port from 1024.",
        SocketError.AddressNotAvailable => "no network interface of this machine has the address. 'ip address' lists them.",
        _ => failure.Message,
    };
}
