using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>A run inside a write operation: loaded at its start, saved once at its end.</summary>
internal sealed class RunRow
{
    public required long No { get; init; }

    public required string Id { get; init; }

    public required RunStatus Status { get; set; }

    public required bool Cancel { get; set; }

    public required int MaxSteps { get; init; }

    public required int Priority { get; init; }

    public required int Weight { get; init; }

    public required int Steps { get; set; }

    public required int Open { get; set; }

    public required int Failed { get; set; }

    public required long Events { get; set; }

    public TokenUsage Usage { get; set; }

    public static RunRow Load(Session session, string id) => TryLoad(session, id) ?? throw new NotFoundException($"There is no run '{id}' in this store.");

    public static RunRow? TryLoad(Session session, string id)
    {
        using var row = session.Db.Query(
            "SELECT no, id, status, cancel, max_steps, priority, weight, steps, open, failed, events, tokens_in, tokens_out FROM run WHERE id = ?1", id);
        return Read(row);
    }

    public static RunRow Load(Session session, long no)
    {
        using var row = session.Db.Query(
            "SELECT no, id, status, cancel, max_steps, priority, weight, steps, open, failed, events, tokens_in, tokens_out FROM run WHERE no = ?1", no);
        return Read(row)!;
    }

    private static RunRow? Read(Microsoft.Data.Sqlite.SqliteDataReader row) => !row.Read() ? null : new()
    {
        No = row.GetInt64(0),
        Id = row.GetString(1),
        Status = (RunStatus)row.GetInt32(2),
        Cancel = row.GetBoolean(3),
        MaxSteps = row.GetInt32(4),
        Priority = row.GetInt32(5),
        Weight = row.GetInt32(6),
        Steps = row.GetInt32(7),
        Open = row.GetInt32(8),
        Failed = row.GetInt32(9),
        Events = row.GetInt64(10),
        Usage = new(row.GetInt64(11), row.GetInt64(12)),
    };

    public void Note(Session session, RunEventKind kind, int? step, string? detail = null) => session.Db.Execute(
        "INSERT INTO event(run, no, at, kind, ix, detail) VALUES(?1, ?2, ?3, ?4, ?5, ?6)", No, ++Events, session.Now, (int)kind, step, detail);

    /// <summary>Ends the run if nothing is left of it, and saves it.</summary>
    public void Save(Session session)
    {
        if (Open == 0 && Status == RunStatus.Running)
        {
            Status = Cancel ? RunStatus.Cancelled : Failed > 0 ? RunStatus.Failed : RunStatus.Succeeded;
            Note(session, RunEventKind.RunFinished, null, Status.ToString());
            session.Db.Execute("DELETE FROM ring WHERE run = ?1 AND class IN (SELECT no FROM class)", No);
        }

        session.Db.Execute(
            """
            UPDATE run SET status = ?2, cancel = ?3, steps = ?4, open = ?5, failed = ?6, events = ?7, tokens_in = ?8, tokens_out = ?9,
              finished = CASE WHEN ?2 = 0 THEN NULL ELSE coalesce(finished, ?10) END
            WHERE no = ?1
            """,
            No, (int)Status, Cancel, Steps, Open, Failed, Events, Usage.Input, Usage.Output, session.Now);
    }
}
