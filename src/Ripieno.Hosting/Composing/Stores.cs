using Microsoft.Extensions.Logging;
using Ripieno.Configuration;
using Ripieno.Errors;
using Ripieno.Redis;
using Ripieno.Sqlite;
using Ripieno.Storage;

namespace Ripieno.Hosting;

/// <summary>Opens the store that the configuration names, of whichever kind it is.</summary>
internal static partial class Stores
{
    /// <param name="configuration">Names the store.</param>
    /// <param name="mustExist">True for commands that only look: they make no store as a side effect.</param>
    /// <param name="time">The store's clock, where it has none of its own.</param>
    /// <param name="log">Told of what goes wrong although the store goes on.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="NotFoundException">There is no store and none is to be made.</exception>
    public static async Task<IStore> OpenAsync(LoadedConfiguration configuration, bool mustExist, TimeProvider time, ILogger log, CancellationToken cancellation)
    {
        if (configuration.Redis is { } redis)
            return await OpenRedisAsync(configuration, redis, mustExist, time, log, cancellation);
        var path = configuration.Absolute(configuration.Options.Runtime.Store.Path);
        return mustExist && !File.Exists(path)
            ? throw new NotFoundException($"There are no runs yet: no store at {path}. Start one with 'ripieno run BACKLOG', or name the store with --store.")
            : await SqliteStore.OpenAsync(path, time, SqliteStore.Batch, configuration.Options.Runtime.Store.MaxQueued, cancellation);
    }

    // A method of its own, so that the client of Redis is not even loaded for a file.
    private static async Task<IStore> OpenRedisAsync(
        LoadedConfiguration configuration, RedisTarget target, bool mustExist, TimeProvider time, ILogger log, CancellationToken cancellation)
    {
        var options = configuration.Options.Runtime.Store.Redis;
        var settings = new RedisSettings
        {
            Endpoints = target.Endpoints,
            Service = target.Service,
            SentinelUser = target.SentinelUser,
            SentinelPassword = target.SentinelPassword,
            User = target.User,
            Password = target.Password,
            Tls = target.Tls,
            CertificateAuthority = target.CertificateAuthority,
            KeyPrefix = options.KeyPrefix,
            Partitions = options.Partitions,
            MustExist = mustExist,
            AllowDataLoss = options.AllowDataLoss,
            AppendFsync = options.AppendFsync,
            Acknowledge = options.Acknowledge == "replica" ? Acknowledgement.Replica : Acknowledgement.Local,
            MaxQueued = configuration.Options.Runtime.Store.MaxQueued,
            Warned = warning => LogWarning(log, warning),
        };
        // The client does not look at the token while it connects.
        return await RedisStore.OpenAsync(settings, time, cancellation).WaitAsync(cancellation);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Warning}")]
    private static partial void LogWarning(ILogger log, string warning);
}
