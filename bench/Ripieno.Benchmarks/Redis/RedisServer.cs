using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Ripieno.Benchmarks.Redis;

/// <summary>A Redis of our own, on a free port that only this machine reaches, with its files in a folder; ended with its data.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private const string LogFile = "redis.log";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly string _folder;

    private RedisServer(Process process, string folder, int port)
    {
        _process = process;
        _folder = folder;
        Endpoint = $"127.0.0.1:{port}";
    }

    public string Endpoint { get; }

    /// <param name="folder">Its own, on the disk to measure.</param>
    /// <param name="fsync"><c>everysec</c> or <c>always</c>.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async Task<RedisServer> StartAsync(string folder, string fsync, CancellationToken cancellation)
    {
        var port = FreePort();
        var start = new ProcessStartInfo("redis-server") { UseShellExecute = false, WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments =
        [
            "--bind", "127.0.0.1", "--port", $"{port}", "--dir", folder, "--logfile", LogFile, "--appendonly", "yes", "--appendfsync", fsync,
            // No child that rewrites or saves: it would take one of the cores in the middle of a measurement.
            "--save", "", "--auto-aof-rewrite-percentage", "0",
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        RedisServer server;
        try
        {
            server = new(Process.Start(start)!, folder, port);
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException("There is no redis-server here. Install it (Debian: apt-get install redis-server), or pass --redis HOST:PORT.", e);
        }

        try
        {
            await server.AnswersAsync(port, cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Nothing of it is kept, so nothing needs to be saved.
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task AnswersAsync(int port, CancellationToken cancellation)
    {
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < Patience; await Task.Delay(10, cancellation))
        {
            if (_process.HasExited)
                break;
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, cancellation);
                return;
            }
            catch (SocketException)
            {
                // Not yet.
            }
        }

        var log = Path.Combine(_folder, LogFile);
        var said = File.Exists(log) ? (await File.ReadAllLinesAsync(log, cancellation)).LastOrDefault() : null;
        throw new InvalidOperationException($"redis-server does not answer at {Endpoint}; its last line is '{said}'.");
    }

    /// <summary>Below the ports that outgoing connections get, so that none takes it before the server does.</summary>
    private static int FreePort()
    {
        while (true)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(20_000, 32_000));
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }
}
