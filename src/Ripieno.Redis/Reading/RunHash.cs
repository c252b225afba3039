using Ripieno.Redis.Values;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Reading;

/// <summary>A run's own fields, read with one command.</summary>
internal sealed record RunHash(RunInfo Info, RunTerms Terms, RunValue Value)
{
    public static readonly RedisValue[] Fields = [RunFields.Info, RunFields.Terms, RunFields.Changing];

    /// <param name="db">The server.</param>
    /// <param name="partition">Of the run.</param>
    /// <param name="id">Of the run.</param>
    /// <returns>Null = there is no such run.</returns>
    public static async Task<RunHash?> FindAsync(IDatabase db, Partition partition, string id) =>
        Decode(await db.HashGetAsync(partition.Run(id), Fields, CommandFlags.DemandMaster));

    /// <param name="values">Of <see cref="Fields"/>, in their order; more may follow.</param>
    public static RunHash? Decode(RedisValue[] values) =>
        values[2].IsNull ? null : new(RunInfo.Decode(values[0]), RunTerms.Decode(values[1]), RunValue.Decode(values[2]));

    public RunRecord ToRecord() => new()
    {
        Id = Info.Id,
        Title = Info.Title,
        Workflow = Terms.Workflow,
        Tenant = Terms.Tenant,
        Priority = -Terms.Rank,
        Status = Value.Status,
        CancelRequested = Value.Cancel,
        Steps = Value.Steps,
        OpenSteps = Value.Open,
        FailedSteps = Value.Failed,
        Usage = Value.Usage,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(Info.Created),
        StartedAt = TimeOrNull(Value.Started),
        FinishedAt = TimeOrNull(Value.Finished),
        SnapshotHash = Info.Snapshot,
        InputHash = Info.Input,
        StoppedBy = Value.StoppedBy,
    };

    public static DateTimeOffset? TimeOrNull(long time) => time == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(time);
}
