using System.Net;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>The connections to one server, or to one Cluster.</summary>
/// <param name="Work">For most of what is asked.</param>
/// <param name="Leases">For heartbeats and claims.</param>
/// <param name="Replicas">For waiting for replicas, where that is wanted.</param>
/// <param name="Master">Whom Sentinels named; null = there are none.</param>
internal sealed record Connections(ConnectionMultiplexer Work, ConnectionMultiplexer Leases, ConnectionMultiplexer? Replicas, EndPoint? Master) : IAsyncDisposable
{
    /// <exception cref="RedisException">One of them could not be made; then there is none.</exception>
    public static async Task<Connections> OpenAsync(Func<string, ConfigurationOptions> options, RedisSettings settings, EndPoint? master)
    {
        var made = new List<ConnectionMultiplexer>();
        try
        {
            foreach (var purpose in settings.Acknowledge == Acknowledgement.Replica ? (string[])["work", "leases", "replicas"] : ["work", "leases"])
                made.Add(await ConnectionMultiplexer.ConnectAsync(options(purpose)));
            return new(made[0], made[1], made.ElementAtOrDefault(2), master);
        }
        catch
        {
            foreach (var one in made)
                await one.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Work.DisposeAsync();
        await Leases.DisposeAsync();
        if (Replicas is not null)
            await Replicas.DisposeAsync();
    }
}
