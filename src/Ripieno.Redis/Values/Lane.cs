using System.Text;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>
/// A run's part in the ring of a class (in <c>v</c>: <c>u2</c> class, <c>u8</c> virtual time, <c>u1</c> waiting, <c>u4</c> index + 1 of its ready step if there is only one that
/// is not in <c>ready:ID</c>). Written by scripts only.
/// </summary>
internal readonly record struct Lane(int Class, long Time, bool IsWaiting, int? Only = null)
{
    /// <summary>Added to a rank, so that ranks below zero sort before the others as bytes.</summary>
    private const long Bias = 1L << 31;

    /// <summary>Bytes in front of the tenant in <c>share</c>.</summary>
    private const int ClassAndRank = 6;

    public static Lane Decode(ref ValueReader reader) => new(reader.U2(), reader.U8(), reader.Flag(), Index(reader.Count()));

    /// <summary>Where the run stands in <c>ring</c>.</summary>
    public byte[] RingMember(RunTerms terms, RunValue run, string id) =>
        new ValueWriter().U2(Class).U4(terms.Rank + Bias).I8(Time).I8(run.Seq).U4(Only + 1 ?? 0).Bytes(Encoding.UTF8.GetBytes(id)).ToArray();

    /// <summary>Lane and run of a member of <c>ring</c>.</summary>
    public static (Lane Lane, string RunId) DecodeRing(RedisValue member)
    {
        var reader = new ValueReader("A member of the ring", member);
        var (stepClass, _, time, _) = (reader.U2(), reader.U4(), reader.U8(), reader.U8());
        return (new(stepClass, time, true, Index(reader.Count())), Encoding.UTF8.GetString(reader.Rest()));
    }

    /// <summary>A ready step in <c>ready:ID</c>.</summary>
    public static byte[] ReadyMember(int stepClass, int rank, int index) => new ValueWriter().U2(stepClass).U4(rank + Bias).U4(index).ToArray();

    /// <summary>Index of a member of <c>ready:ID</c>.</summary>
    public static int DecodeReady(RedisValue member)
    {
        var reader = new ValueReader("A ready step", member);
        _ = (reader.U2(), reader.U4());
        return reader.Count();
    }

    /// <summary>A ready step in <c>suspects</c>.</summary>
    public static byte[] SuspectMember(int stepClass, Place place) => [.. new ValueWriter().U2(stepClass).ToArray(), .. place.Encode()];

    /// <summary>Where the tenant of a run stands in <c>share</c>.</summary>
    public static byte[] ShareField(int stepClass, RunTerms terms) =>
        new ValueWriter().U2(stepClass).U4(terms.Rank + Bias).Bytes(Encoding.UTF8.GetBytes(terms.Tenant)).ToArray();

    /// <summary>Where the sum of all tenants stands that a tenant's field (<see cref="ShareField"/>) is a part of. No tenant is called so.</summary>
    public static byte[] AllField(ReadOnlySpan<byte> tenant) => [.. tenant[..ClassAndRank], 0];

    /// <summary>The tenant of a field of <c>share</c>; null = all.</summary>
    public static string? TenantOf(ReadOnlySpan<byte> field) => Encoding.UTF8.GetString(field[ClassAndRank..]) is var tenant && tenant == "\0" ? null : tenant;

    private static int? Index(int stored) => stored > 0 ? stored - 1 : null;
}
