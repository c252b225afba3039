using System.Collections.Concurrent;
using Ripieno.Configuration;
using Ripieno.Redis;
using Ripieno.Sqlite;
using Ripieno.Storage;

namespace Ripieno.EndToEnd.Tests.Processes;

/// <summary>A folder of its own for one test, with nothing in it: what a user has on the first evening.</summary>
/// <param name="redis">Where its runs are, <c>host:port</c>, or whatever <c>--store</c> takes; null = in the file that a user has who says nothing.</param>
internal sealed class Workspace(string? redis = null) : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("ripieno-e2e-").FullName;

    public string Store => In("data", "ripieno.db");

    /// <summary>What tells a command where the store is.</summary>
    public string[] StoreOptions => redis is null ? [] : ["--store", RedisAddress.Is(redis) ? redis : "redis:" + redis];

    /// <summary>Warnings of the stores that were opened here.</summary>
    public ConcurrentQueue<string> Warnings { get; } = [];

    public async Task<IStore> OpenStoreAsync()
    {
        if (redis is null)
            return await SqliteStore.OpenAsync(Store, TimeProvider.System, CancellationToken.None);
        var address = RedisAddress.Parse(redis)!;
        // A storm's own look must not fail where a worker would only wait.
        var settings = new RedisSettings { Endpoints = address.Endpoints, Service = address.Service, Password = address.Password, Patience = TimeSpan.FromMinutes(2), Warned = Warnings.Enqueue };
        return await RedisStore.OpenAsync(settings, TimeProvider.System, CancellationToken.None);
    }

    public string In(params string[] parts) => Path.Combine([Folder, .. parts]);

    public string Write(string name, string text)
    {
        var path = In(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
