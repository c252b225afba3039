using System.Globalization;
using Ripieno.Errors;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>Opens the parts of a store, or makes them. The first is made last, so where it is all are.</summary>
internal static class Partitions
{
    public const int OnOneServer = 1;

    /// <summary>Enough to spread over the masters of a usual Cluster, few enough to ask all of them.</summary>
    public const int OnCluster = 16;

    public static async Task<Partition[]> OpenAsync(
        RedisConnection connection, Caller caller, RedisSettings settings, RedisProbe probe, TimeProvider time, bool isCluster, CancellationToken cancellation)
    {
        var first = new Partition(settings.KeyPrefix, 0);
        var found = await OpenAsync(first, "", 0);
        if (found.Length == 0)
        {
            if (settings.MustExist)
                throw new NotFoundException($"There are no runs yet: no store at {connection.Location}. Start one with 'ripieno run BACKLOG', or name the store with --store.");
            var count = settings.Partitions ?? (isCluster ? OnCluster : OnOneServer);
            for (var i = 1; i < count; i++)
                await OpenAsync(new(settings.KeyPrefix, i), NewIdentity(), count);
            found = await OpenAsync(first, NewIdentity(), count);
        }

        var partitions = new Partition[Known(first, found)];
        partitions[0] = first;
        for (var i = 1; i < partitions.Length; i++)
        {
            partitions[i] = new(settings.KeyPrefix, i);
            if (await OpenAsync(partitions[i], "", 0) is not { Length: > 0 } other)
            {
                throw new StoreUnavailableException(
                    $"Partition {i} of {partitions.Length} of the Redis store at {connection.Location} is missing: a node of the Cluster was emptied. Restore its data.");
            }

            Known(partitions[i], other);
        }

        return partitions;

        Task<RedisResult[]> OpenAsync(Partition partition, string identity, int count) => caller.CallBareAsync(
            connection.Work, Script.Open, partition,
            [identity, RedisStore.SchemaVersion, count, probe.OwnClock ? time.GetUtcNow().ToUnixTimeMilliseconds() : RedisValue.EmptyString], cancellation);

        int Known(Partition partition, RedisResult[] answer)
        {
            if ((string?)answer[1] != RedisStore.SchemaVersion.ToString(CultureInfo.InvariantCulture))
                throw Caller.WrongSchema(connection.Location, (string?)answer[1] ?? "");
            partition.Identity = (string)answer[0]!;
            partition.Saw(CommitMark.Parse((string)answer[3]!), "", time);
            return int.Parse((string)answer[2]!, CultureInfo.InvariantCulture);
        }
    }

    private static string NewIdentity() => Guid.NewGuid().ToString("n");
}
