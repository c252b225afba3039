using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>
/// What never changes of a run and scripts need not know (<c>i</c>): <c>u1</c> version, <c>u2</c> length + id, <c>u2</c> length + title, 32 bytes fingerprint, 32 bytes snapshot
/// hash, <c>u1</c> input?, 32 bytes of its hash if so, <c>u8</c> created.
/// </summary>
internal sealed record RunInfo(string Id, string Title, ContentHash Fingerprint, ContentHash Snapshot, ContentHash? Input, long Created)
{
    private const byte Version = 1;

    /// <summary>All but the time, which is the server's: the script that stores it appends that (<c>&gt;I8</c>, ms).</summary>
    public static byte[] Encode(RunSubmission submission, ContentHash snapshot, ContentHash? input) => new ValueWriter()
        .U1(Version).Text("the run's id", submission.Id).Text("the run's title", submission.Title)
        .Hash(submission.Fingerprint).Hash(snapshot).HashOrNull(input).ToArray();

    /// <summary>All of it, of a run that has its time already.</summary>
    public byte[] Encode() => new ValueWriter()
        .U1(Version).Text("the run's id", Id).Text("the run's title", Title).Hash(Fingerprint).Hash(Snapshot).HashOrNull(Input).I8(Created).ToArray();

    public static RunInfo Decode(RedisValue value)
    {
        var reader = new ValueReader("What a run was submitted with", value);
        if (reader.U1() != Version)
            throw reader.Damaged();
        var info = new RunInfo(reader.Text(), reader.Text(), reader.Hash(), reader.Hash(), reader.HashOrNull(), reader.U8());
        reader.End();
        return info;
    }
}
