using Ripieno.Redis;
using Ripieno.Sqlite;
using Ripieno.Storage;

namespace Ripieno.EndToEnd.Tests.Processes;

/// <summary>A folder of its own for one test, with nothing in it: what a user has on the first evening.</summary>
/// <param name="redis">Where its runs are, <c>host:port</c>; null = in the file that a user has who says nothing.</param>
internal sealed class Workspace(string? redis = null) : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("ripieno-e2e-").FullName;

    public string Store => In("data", "ripieno.db");

    /// <summary>What tells a command where the store is.</summary>
    public string[] StoreOptions => redis is null ? [] : ["--store", "redis:" + redis];

    public async Task<IStore> OpenStoreAsync() => redis is null
        ? await SqliteStore.OpenAsync(Store, TimeProvider.System, CancellationToken.None)
        : await RedisStore.OpenAsync(new() { Endpoints = [redis] }, TimeProvider.System, CancellationToken.None);

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
