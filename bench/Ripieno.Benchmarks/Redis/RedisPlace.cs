using System.Globalization;
using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;
using StackExchange.Redis;

namespace Ripieno.Benchmarks.Redis;

/// <summary>An empty Redis: a server of its own, or the one that the command line names, emptied.</summary>
internal sealed class RedisPlace : StorePlace
{
    private readonly RedisServer? _own;
    private readonly ConnectionMultiplexer _connection;

    private RedisPlace(RedisServer? own, string address, ConnectionMultiplexer connection)
    {
        _own = own;
        Address = address;
        _connection = connection;
    }

    public override string Kind => Redis;

    public override string Address { get; }

    private IServer Server => _connection.GetServers()[0];

    public static new async Task<RedisPlace> NewAsync(BenchmarkSettings settings, string folder, CancellationToken cancellation)
    {
        var own = settings.Redis is null ? await RedisServer.StartAsync(folder, settings.Fsync, cancellation) : null;
        var address = settings.Redis ?? own!.Endpoint;
        try
        {
            var options = ConfigurationOptions.Parse(address);
            options.AllowAdmin = true;
            options.Protocol = RedisProtocol.Resp2;
            var connection = await ConnectAsync(options, address);
            // Whatever it holds is not ours, and would be gone after the first measurement.
            if (await connection.GetServers()[0].DatabaseSizeAsync() is var keys && keys > 0)
            {
                await connection.DisposeAsync();
                throw new InvalidOperationException($"The Redis at {address} holds {keys:N0} keys. Benchmarks empty it again and again: pass one that is empty.");
            }

            return new(own, address, connection);
        }
        catch
        {
            if (own is not null)
                await own.DisposeAsync();
            throw;
        }
    }

    /// <summary>A value of <c>INFO</c>; 0 when the server does not know it.</summary>
    public async Task<double> NumberAsync(string section, string name)
    {
        var line = (await InfoAsync(section)).FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line[(name.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>The lines of a section of <c>INFO</c>.</summary>
    public async Task<IReadOnlyList<string>> InfoAsync(string section) => (await Server.InfoRawAsync(section))?.Split("\r\n", StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Version and how it writes, for people.</summary>
    public async Task<string> DescribeAsync() =>
        $"{Server.Version}, appendonly {await SettingAsync("appendonly")}, appendfsync {await SettingAsync("appendfsync")}";

    public async Task<string> SettingAsync(string setting) => (await Server.ConfigGetAsync(setting)).Single().Value;

    public Task SetAsync(string setting, string value) => Server.ConfigSetAsync(setting, value);

    public Task ForgetFiguresAsync() => Server.ConfigResetStatisticsAsync();

    public Task ForgetSlowAsync() => Server.SlowlogResetAsync();

    public async Task<IReadOnlyList<CommandTrace>> SlowAsync(int count) => await Server.SlowlogGetAsync(count);

    public override async ValueTask DisposeAsync()
    {
        if (_own is null)
            await Server.FlushAllDatabasesAsync();
        await _connection.DisposeAsync();
        if (_own is not null)
            await _own.DisposeAsync();
    }

    private static async Task<ConnectionMultiplexer> ConnectAsync(ConfigurationOptions options, string address)
    {
        try
        {
            return await ConnectionMultiplexer.ConnectAsync(options);
        }
        catch (RedisConnectionException e)
        {
            throw new InvalidOperationException($"There is no Redis at {address} that answers.", e);
        }
    }
}
