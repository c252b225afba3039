using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using Ripieno.Errors;
using Ripieno.Server;
using Ripieno.Storage;
using Ripieno.Workers;

namespace Ripieno.Cli.Commands;

/// <summary>
/// What <c>worker --http</c> serves. A class of its own, with nothing of the server in its signatures: a worker that serves nothing never loads the server, nor what that needs.
/// </summary>
/// <param name="server">To be disposed of when the worker has stopped.</param>
/// <param name="url">Where it listens.</param>
internal sealed class WorkerServer(IAsyncDisposable server, Uri url) : IAsyncDisposable
{
    public Uri Url => url;

    /// <exception cref="InvalidInputException">The address is open to others, and nobody said that it may be.</exception>
    public static void Check(IPEndPoint address, bool insecure)
    {
        if (IPAddress.IsLoopback(address.Address) || insecure)
            return;
        throw new InvalidInputException(new Problem(
            null, null, "--http", $"{address}, which others can reach", "an address of this machine alone, because whoever reaches it may read the metrics",
            $"Use --http {address.Port} and let a proxy ask who it is, or add --insecure where a firewall or a private network lets in only those who may."));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static async Task<WorkerServer> StartAsync(
        IPEndPoint address, ImmutableArray<string> hosts, Worker worker, InstanceRecord instance, IStore store, TimeProvider time, CancellationToken cancellation)
    {
        var server = await InstanceServer.StartAsync(new() { Address = address, Hosts = hosts, Instance = instance.Id }, worker, store, time, cancellation);
        return new(server, server.Url);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
