using Ripieno.Redis.Values;
using StackExchange.Redis;

namespace Ripieno.Redis.Reading;

/// <summary>All instances of a partition.</summary>
internal static class InstanceTable
{
    /// <summary>Length of an incarnation; the fields that name owners are shorter.</summary>
    private const int Incarnation = 16;

    public static async Task<List<(Guid Incarnation, InstanceValue Value)>> ReadAsync(IDatabase db, Partition partition)
    {
        var entries = await db.HashGetAllAsync(partition["instances"], CommandFlags.DemandMaster);
        return [.. entries
            .Select(entry => (Name: (ReadOnlyMemory<byte>)entry.Name, entry.Value))
            .Where(entry => entry.Name.Length == Incarnation)
            .Select(entry => (new Guid(entry.Name.Span), InstanceValue.Decode(entry.Value)))];
    }
}
