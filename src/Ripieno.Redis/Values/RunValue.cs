using Ripieno.Runs;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>
/// What changes of a run (<c>v</c>): <c>&gt;u1 u1 u4 u4 u4 u4 u4 u8 u8 u8 u8 u8 u4 u2 u2</c> status, cancel, steps, next, open, failed, events, tokens in, tokens out, started, finished, seq,
/// index + 1 of the step whose failure has stopped it, number of lanes, of wide changes under way; the lanes (see <see cref="Lane"/>), the wide changes (13 bytes each, which only scripts take apart), and whether it is small (<c>u1</c>): then
/// follows what <see cref="SmallRun"/> has. Written by scripts only.
/// </summary>
/// <param name="Status">As stored.</param>
/// <param name="Cancel">A cancel was acknowledged.</param>
/// <param name="Steps">Known so far.</param>
/// <param name="Next">The next index to be given to a step; ahead of <paramref name="Steps"/> when an expansion was written ahead and never committed.</param>
/// <param name="Open">Not terminal.</param>
/// <param name="Failed">Failed or dead-lettered.</param>
/// <param name="Events">Number of the newest.</param>
/// <param name="Usage">Tokens spent.</param>
/// <param name="Started">Milliseconds, 0 = not yet.</param>
/// <param name="Finished">Milliseconds, 0 = not yet.</param>
/// <param name="Seq">Its place among the runs.</param>
/// <param name="StoppedBy">The step whose failure has stopped it; null = it goes on.</param>
/// <param name="Lanes">Its parts in the rings of classes.</param>
/// <param name="IsWide">A wide change is under way: some counters are ahead of their steps on purpose.</param>
/// <param name="Small">Its steps; null = it is large, and they have fields of their own.</param>
internal sealed record RunValue(
    RunStatus Status,
    bool Cancel,
    int Steps,
    int Next,
    int Open,
    int Failed,
    long Events,
    TokenUsage Usage,
    long Started,
    long Finished,
    long Seq,
    int? StoppedBy,
    IReadOnlyList<Lane> Lanes,
    bool IsWide,
    SmallRun? Small)
{
    /// <summary>Bytes of a wide change under way.</summary>
    private const int WideChange = 13;

    public static RunValue Decode(RedisValue value)
    {
        var reader = new ValueReader("The state of a run", value);
        var status = reader.U1();
        if (status > (byte)RunStatus.Cancelled)
            throw reader.Damaged();
        var run = new RunValue(
            (RunStatus)status, reader.Flag(), reader.Count(), reader.Count(), reader.Count(), reader.Count(), reader.U4(), new(reader.U8(), reader.U8()),
            reader.U8(), reader.U8(), reader.U8(), reader.Count() is > 0 and var stopped ? stopped - 1 : null, [], false, null);
        var (lanes, wide) = (new Lane[reader.U2()], reader.U2());
        for (var i = 0; i < lanes.Length; i++)
            lanes[i] = Lane.Decode(ref reader);
        reader.Bytes(wide * WideChange);
        var small = reader.Flag() ? SmallRun.Decode(ref reader, run.Next) : null;
        reader.End();
        return run with { Lanes = lanes, IsWide = wide > 0, Small = small };
    }

    /// <summary>A step of the run; null when there is none, or none that is stored here.</summary>
    /// <param name="index">Of the step.</param>
    /// <param name="own">What the step's own field has.</param>
    public StepValue? StepOrNull(int index, RedisValue own) =>
        Small is not null ? Small.Steps.ElementAtOrDefault(index) : own.IsNull ? null : StepValue.Decode(own);
}
