using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Ripieno.Peers.Orleans;
using StackExchange.Redis;

// What Orleans does with the same work: orleans-bench runs COUNT HOST:PORT, on an empty Redis. Prints "figure value" lines.
const int Callers = 200;
const int WarmUp = 1000;

// 160 bytes, as each of Ripieno's inputs and results here.
var payload = $$"""{"workflow":"w1","step":"s1","prompt":"{{new string('p', 119)}}"}""";

if (args is not ["runs", var countText, var endpoint])
    throw new ArgumentException("expected: runs COUNT HOST:PORT");
var count = int.Parse(countText, CultureInfo.InvariantCulture);
var redis = ConfigurationOptions.Parse(endpoint);

// One silo, called from its own process: nothing goes over a network but what is kept in Redis.
var builder = Host.CreateApplicationBuilder();
builder.Logging.ClearProviders();
builder.UseOrleans(silo => silo
    .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("bench", "bench"))
    .UseRedisClustering(options => options.ConfigurationOptions = redis)
    .ConfigureEndpoints(IPAddress.Loopback, FreePort(), FreePort())
    .AddRedisGrainStorageAsDefault(options => options.ConfigurationOptions = redis));
using var host = builder.Build();
await host.StartAsync();
var grains = host.Services.GetRequiredService<IGrainFactory>();

await DriveAsync("warm", WarmUp);
Tell("whole", await DriveAsync("run", count));
await host.StopAsync();

async Task<double> DriveAsync(string prefix, int runs)
{
    var next = -1;
    var started = Stopwatch.GetTimestamp();
    await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
    {
        while (Interlocked.Increment(ref next) is var number && number < runs)
        {
            var run = grains.GetGrain<IRunGrain>($"{prefix}-{number}");
            await run.PlanAsync(payload);
            await run.ExecuteAsync(payload);
            await run.ReviewAsync(payload);
        }
    })));
    return runs / Stopwatch.GetElapsedTime(started).TotalSeconds;
}

static void Tell(string figure, double value) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{figure} {value}"));

static int FreePort()
{
    using var listener = new TcpListener(IPAddress.Loopback, 0);
    listener.Start();
    return ((IPEndPoint)listener.LocalEndpoint).Port;
}
