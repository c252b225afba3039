using System.Net;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>
/// Asks Sentinels who the master is. Only that server is talked to: a former master that is started again takes itself for one for some seconds, until it is told otherwise, and a client that knows
/// of both would send it commits that are lost a moment later.
/// </summary>
internal sealed class SentinelWatch : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _sentinels;
    private readonly string _service;

    private SentinelWatch(ConnectionMultiplexer sentinels, string service)
    {
        (_sentinels, _service) = (sentinels, service);
    }

    /// <exception cref="RedisConnectionException">No Sentinel answers.</exception>
    public static async Task<SentinelWatch> ConnectAsync(ConfigurationOptions options, string service) => new(await ConnectionMultiplexer.SentinelConnectAsync(options), service);

    /// <summary>What most of the Sentinels that answer say; null = none names one.</summary>
    public async Task<EndPoint?> MasterAsync()
    {
        var answers = await Task.WhenAll(_sentinels.GetServers().Where(server => server.IsConnected).Select(AskAsync));
        return answers.OfType<EndPoint>().GroupBy(master => master).MaxBy(same => same.Count())?.Key;
    }

    public ValueTask DisposeAsync() => _sentinels.DisposeAsync();

    private async Task<EndPoint?> AskAsync(IServer sentinel)
    {
        try
        {
            return await sentinel.SentinelGetMasterAddressByNameAsync(_service);
        }
        catch (Exception exception) when (exception is RedisException or RedisCommandException or TimeoutException)
        {
            // Another one knows.
            return null;
        }
    }
}
