using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite;

/// <summary>From rows to the contract's records.</summary>
internal static class Records
{
    public const string RunColumns =
        "id, title, workflow, tenant, priority, status, cancel, steps, open, failed, tokens_in, tokens_out, created, started, finished, snapshot, input, stopped_by";

    public const string StepColumns =
        """
        step.ix, step.key, step.definition, class.queue, class.executor, step.parent, step.status, step.generation, step.attempts, step.epoch, step.deaths,
        step.deaths_alone, step.result, step.accepted, step.reason, step.tokens_in, step.tokens_out, step.started, step.finished,
        coalesce(step.due, instance.expires), instance.id, step.input
        """;

    public const int StepColumnCount = 22;

    public const string StepTables = "step JOIN class ON class.no = step.class LEFT JOIN instance ON instance.no = step.owner";

    public const string Instances = "SELECT incarnation, id, host, pid, process_start, version, slots, seen, expires <= ?1 FROM instance";

    public static RunRecord ReadRun(Statement row) => new()
    {
        Id = row.GetString(0),
        Title = row.GetString(1),
        Workflow = row.GetString(2),
        Tenant = row.GetString(3),
        Priority = row.GetInt32(4),
        Status = (RunStatus)row.GetInt32(5),
        CancelRequested = row.GetBoolean(6),
        Steps = row.GetInt32(7),
        OpenSteps = row.GetInt32(8),
        FailedSteps = row.GetInt32(9),
        Usage = new(row.GetInt64(10), row.GetInt64(11)),
        CreatedAt = Time(row, 12)!.Value,
        StartedAt = Time(row, 13),
        FinishedAt = Time(row, 14),
        SnapshotHash = Hash(row, 15)!.Value,
        InputHash = Hash(row, 16),
        StoppedBy = row.GetIndex(17),
    };

    public static StepRecord ReadStep(Statement row) => new()
    {
        Index = row.GetInt32(0),
        Key = row.GetString(1),
        Definition = row.GetString(2),
        Class = new(row.GetString(3), row.GetString(4)),
        Parent = row.GetIndex(5),
        Status = (StepStatus)row.GetInt32(6),
        Generation = row.GetInt32(7),
        FailedAttempts = row.GetInt32(8),
        Epoch = row.GetInt64(9),
        Deaths = row.GetInt32(10),
        DeathsAlone = row.GetInt32(11),
        Result = Hash(row, 12),
        Accepted = row.GetIndex(13),
        Reason = row.GetText(14),
        Usage = new(row.GetInt64(15), row.GetInt64(16)),
        StartedAt = Time(row, 17),
        FinishedAt = Time(row, 18),
        DueAt = Time(row, 19),
        Instance = row.GetText(20),
        Input = Hash(row, 21),
    };

    public static InstanceRecord ReadInstance(Statement row) => new(
        new Guid(row.GetBytes(0)), row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetInt64(4), row.GetString(5), row.GetInt32(6), Time(row, 7)!.Value)
    {
        IsSilent = row.GetBoolean(8),
    };

    public static HourlyFigures ReadFigures(Statement row) => new()
    {
        Hour = Time(row, 0)!.Value,
        Workflow = row.GetString(1),
        Agent = row.GetString(2),
        Model = row.GetString(3),
        Arrived = row.GetInt64(4),
        Succeeded = row.GetInt64(5),
        Failed = row.GetInt64(6),
        Served = row.GetInt64(7),
        Service = TimeSpan.FromMilliseconds(row.GetInt64(8)),
        ServiceSquares = row.GetDouble(9),
        Claimed = row.GetInt64(10),
        Wait = TimeSpan.FromMilliseconds(row.GetInt64(11)),
        Usage = new(row.GetInt64(12), row.GetInt64(13)),
    };

    public static DateTimeOffset? Time(Statement row, int column) =>
        row.IsNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    public static ContentHash? Hash(Statement row, int column) => row.IsNull(column) ? null : ContentHash.FromBytes(row.GetBytes(column));
}
