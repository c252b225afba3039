using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>A run as the writer knows it: written once at the end of a transaction, if anything of it changed.</summary>
internal sealed class RunRow
{
    private const string Columns =
        """
        no, id, status, cancel, max_steps, max_deaths_alone, priority, weight, tenant, tenant_weight, workflow, steps, next, open, failed, events, tokens_in, tokens_out,
        started, stop_on_failure, stopped_by
        """;

    // Two parts, because an UPDATE that names a column of an index maintains the index, and the counters change far more often than the status.
    private bool _countersChanged;
    private bool _statusChanged;
    private string? _stopReason;

    /// <summary>Told of a change, so that the run is written at the end.</summary>
    public Action<RunRow> Changed { get; set; } = _ => { };

    /// <summary>Classes in whose ring it is known to wait, so that a further ready step need not say so again.</summary>
    public HashSet<long> Waiting { get; } = [];

    public required long No { get; init; }

    /// <summary>Empty while the run is being deleted.</summary>
    public required string Id { get; init; }

    public required string Workflow { get; init; }

    public required string Tenant { get; init; }

    public required int TenantWeight { get; init; }

    public required int Priority { get; init; }

    public required int Weight { get; init; }

    public required int MaxSteps { get; init; }

    public required int MaxDeathsAlone { get; init; }

    public required bool StopOnFailure { get; init; }

    public RunStatus Status { get; private set; }

    public bool Cancel { get; private set; }

    /// <summary>The step whose failure has stopped the run; null = it goes on.</summary>
    public int? StoppedBy { get; private set; }

    public int Steps { get; private set; }

    /// <summary>The next index to be given to a step; ahead of <see cref="Steps"/> when an expansion was written ahead and never committed.</summary>
    public int Next { get; private set; }

    public int Open { get; private set; }

    public int Failed { get; private set; }

    public long Events { get; private set; }

    public TokenUsage Usage { get; private set; }

    public long? Started { get; private set; }

    public static RunRow Load(Session session, string id) => session.FindRun(id) ?? throw new NotFoundException($"There is no run '{id}' in this store.");

    public static RunRow? Read(Session session, string id)
    {
        using var row = session.Db.Query($"SELECT {Columns} FROM run WHERE id = ?1", id);
        return row.Read() ? Of(row) : null;
    }

    public static RunRow Read(Session session, long no)
    {
        using var row = session.Db.Query($"SELECT {Columns} FROM run WHERE no = ?1", no);
        return row.Read() ? Of(row) : throw new InvalidOperationException($"There is no run number {no}: the store is damaged.");
    }

    public void Note(Session session, RunEventKind kind, int? step, string? detail = null)
    {
        session.Db.Execute("INSERT INTO event(run, no, at, kind, ix, detail) VALUES(?1, ?2, ?3, ?4, ?5, ?6)", No, ++Events, session.Now, (int)kind, step, detail);
        CountersChanged();
    }

    /// <summary>Gives out the next <paramref name="count"/> indexes.</summary>
    public int Reserve(int count)
    {
        CountersChanged();
        return (Next += count) - count;
    }

    public void Added(Session session, int count)
    {
        Steps += count;
        Opened(session, count);
        CountersChanged();
        EndIfDone(session);
    }

    public void Spent(TokenUsage usage)
    {
        Usage += usage;
        if (usage != default)
            CountersChanged();
    }

    /// <summary>A step became terminal, which may have stopped or ended the run.</summary>
    public void StepEnded(Session session, StepRow step)
    {
        Opened(session, -1);
        if (step.State.Status is StepStatus.Failed or StepStatus.DeadLettered)
        {
            Failed++;
            StopRun.At(session, this, step);
        }

        CountersChanged();
        EndIfDone(session);
    }

    public void Stop(StepRow failed)
    {
        StoppedBy = failed.Index;
        _stopReason = StopRun.Reason(failed);
        StatusChanged();
    }

    /// <summary>Why steps of a stopped run are skipped.</summary>
    public string StopReason(Session session) => _stopReason ??= StopRun.Reason(StepRow.Load(session, No, StoppedBy!.Value));

    public void StepsCancelled(Session session, int count)
    {
        Opened(session, -count);
        if (count > 0)
            CountersChanged();
        EndIfDone(session);
    }

    public void StepReopened(Session session, StepStatus before)
    {
        Opened(session, 1);
        if (before is StepStatus.Failed or StepStatus.DeadLettered)
            Failed--;
        CountersChanged();
    }

    public void StepClaimed(long now)
    {
        if (Started is not null)
            return;
        Started = now;
        StatusChanged();
    }

    public void BeginCancel()
    {
        Cancel = true;
        StatusChanged();
    }

    public void Reopen(Session session)
    {
        // At once, because the run may end again within the same transaction.
        session.Db.Execute("UPDATE run SET finished = NULL WHERE no = ?1", No);
        Status = RunStatus.Running;
        StoppedBy = null;
        StatusChanged();
    }

    public void Write(Session session)
    {
        if (_countersChanged)
        {
            _countersChanged = false;
            session.Db.Execute(
                "UPDATE run SET steps = ?2, next = ?3, open = ?4, failed = ?5, events = ?6, tokens_in = ?7, tokens_out = ?8 WHERE no = ?1",
                No, Steps, Next, Open, Failed, Events, Usage.Input, Usage.Output);
        }

        if (_statusChanged)
        {
            _statusChanged = false;
            session.Db.Execute(
                "UPDATE run SET status = ?2, cancel = ?3, started = ?4, finished = CASE WHEN ?2 = 0 THEN NULL ELSE coalesce(finished, ?5) END, stopped_by = ?6 WHERE no = ?1",
                No, (int)Status, Cancel, Started, session.Now, StoppedBy);
        }
    }

    private void Opened(Session session, int count)
    {
        Open += count;
        session.OpenChange += count;
    }

    private void CountersChanged()
    {
        if (!_countersChanged)
            Changed(this);
        _countersChanged = true;
    }

    private void StatusChanged()
    {
        if (!_statusChanged)
            Changed(this);
        _statusChanged = true;
    }

    private void EndIfDone(Session session)
    {
        if (Open > 0 || Status != RunStatus.Running)
            return;
        Status = Cancel ? RunStatus.Cancelled : Failed > 0 ? RunStatus.Failed : RunStatus.Succeeded;
        StatusChanged();
        Note(session, RunEventKind.RunFinished, null, Status.ToString());
        ReadyList.RemoveRun(session, this);
        // What is left of it would find nothing to do, but must not meet a later generation.
        Unfinished.Drop(session, this);
        if (Status != RunStatus.Cancelled)
            session.Figures.Ended(Workflow, "", "", Status == RunStatus.Succeeded);
        if (Started is { } started)
            session.Figures.Served(Workflow, "", "", session.Now - started, default);
    }

    private static RunRow Of(Statement row) => new()
    {
        No = row.GetInt64(0),
        Id = row.GetText(1) ?? "",
        Status = (RunStatus)row.GetInt32(2),
        Cancel = row.GetBoolean(3),
        MaxSteps = row.GetInt32(4),
        MaxDeathsAlone = row.GetInt32(5),
        Priority = row.GetInt32(6),
        Weight = row.GetInt32(7),
        Tenant = row.GetString(8),
        TenantWeight = row.GetInt32(9),
        Workflow = row.GetString(10),
        Steps = row.GetInt32(11),
        Next = row.GetInt32(12),
        Open = row.GetInt32(13),
        Failed = row.GetInt32(14),
        Events = row.GetInt64(15),
        Usage = new(row.GetInt64(16), row.GetInt64(17)),
        Started = row.GetNumber(18),
        StopOnFailure = row.GetBoolean(19),
        StoppedBy = row.GetIndex(20),
    };
}
