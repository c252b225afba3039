using Ripieno.Sqlite.Operations;
using Ripieno.Storage.Moving;

namespace Ripieno.Sqlite.Moving;

/// <summary>
/// Writes a part of an image: rows of a run that has no id, and so is seen by nobody, until the last part gives it its own. Of the indexes over all steps only that of due times could reach an unseen one: it keeps its time far
/// beyond all others until then.
/// </summary>
/// <param name="draft">The run.</param>
/// <param name="part">What is to be written.</param>
internal sealed class ImageWriter(RunDraft draft, ImagePart part)
{
    /// <summary>Added to the due time of a step that nobody sees yet: some 36 million years.</summary>
    private const long Unseen = 1L << 60;

    public bool Execute(Session session)
    {
        var no = part.Run is { } image ? Begin(session, image) : Known(session);
        foreach (var content in part.Contents)
            content.Insert(session, no);
        foreach (var step in part.Steps)
            Insert(session, no, step);
        for (var i = 0; i < part.Events.Count; i++)
        {
            var one = part.Events[i];
            session.Db.Execute(
                "INSERT INTO event(run, no, at, kind, ix, detail) VALUES(?1, ?2, ?3, ?4, ?5, ?6)", no, part.FirstEvent + i, one.At.ToUnixTimeMilliseconds(), (int)one.Kind, one.StepIndex, one.Detail);
        }

        if (part.IsLast)
            Appear(session, no);
        return true;
    }

    /// <summary>Drops a draft, a batch in each commit.</summary>
    public static void Drop(Session session, string runId)
    {
        if (session.Db.NumberOrNull("SELECT run FROM draft WHERE id = ?1", runId) is not { } no)
            return;
        Unfinished.Delete(session, session.Run(no));
        session.Db.Execute("DELETE FROM draft WHERE id = ?1", runId);
    }

    private long Begin(Session session, RunImage run)
    {
        RefuseExisting(session);
        Drop(session, run.Id);
        var snapshot = draft.Snapshot;
        session.Db.Execute("INSERT INTO snapshot(hash, size, body) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING", snapshot.Hash, snapshot.SignedSize, snapshot.Body);
        session.Db.Execute(
            """
            INSERT INTO run(fingerprint, title, workflow, tenant, tenant_weight, priority, weight, max_parallel, max_steps, max_deaths_alone, stop_on_failure, snapshot, input, status, cancel,
              stopped_by, steps, next, open, failed, events, tokens_in, tokens_out, created, started, finished)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)
            """,
            run.Fingerprint.ToBytes(), run.Title, run.Workflow, run.Tenant, run.TenantWeight, run.Priority, run.Weight, run.MaxParallel, run.MaxSteps, run.MaxDeathsAlone, run.StopOnFailure,
            run.Snapshot.ToBytes(), run.Input?.ToBytes(), (int)run.Status, run.CancelRequested, run.StoppedBy, run.Steps, run.Next, run.Open, run.Failed, run.Events, run.Usage.Input, run.Usage.Output,
            run.CreatedAt.ToUnixTimeMilliseconds(), Time(run.StartedAt), Time(run.FinishedAt));
        var no = session.Db.Number("SELECT last_insert_rowid()");
        session.Db.Execute("INSERT INTO draft(id, run, token) VALUES(?1, ?2, ?3)", run.Id, no, draft.Token.ToByteArray());
        return no;
    }

    private long Known(Session session) =>
        session.Db.NumberOrNull("SELECT run FROM draft WHERE id = ?1 AND token = ?2", draft.RunId, draft.Token.ToByteArray()) ?? throw RunDraft.Overtaken(draft.RunId);

    private void RefuseExisting(Session session)
    {
        if (session.FindRun(draft.RunId) is not null)
            throw RunDraft.Existing(draft.RunId);
    }

    private void Insert(Session session, long no, StepImage step)
    {
        var (state, result) = (step.State, step.Result?.Inline);
        step.Input?.Inline?.Insert(session, no);
        session.Db.Execute(
            """
            INSERT INTO step(run, ix, key, definition, class, parent, rank, trigger, status, pending, broken, open_members, broken_members, generation, attempts, epoch, recorded, deaths, deaths_alone,
              due, since, claimed, input, result, accepted, reason, tokens_in, tokens_out, started, finished, size, body, files)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33)
            """,
            no, step.Index, step.Key, step.Definition, session.Class(step.Class), step.Parent, -step.Priority, (int)state.Trigger, (int)state.Status, state.Pending, state.BrokenDependencies,
            state.OpenMembers, state.BrokenMembers, state.Generation, state.FailedAttempts, state.Epoch, state.RecordedEpoch, state.Deaths, state.DeathsAlone, Time(step.DueAt) + Unseen,
            Time(step.ReadyAt), Time(step.ClaimedAt), step.Input?.Hash.ToBytes(), step.Result?.Hash.ToBytes(), step.Accepted, step.Reason, step.Usage.Input, step.Usage.Output, Time(step.StartedAt),
            Time(step.FinishedAt), result?.SignedSize, result?.Body, step.Artifacts.Count);
        foreach (var source in step.Dependencies)
            session.Db.Execute("INSERT INTO edge(run, source, target) VALUES(?1, ?2, ?3)", no, source, step.Index);
        foreach (var artifact in step.Artifacts)
            session.Db.Execute("INSERT INTO artifact(run, ix, name, hash, size) VALUES(?1, ?2, ?3, ?4, ?5)", no, step.Index, artifact.Name, artifact.Hash.ToBytes(), artifact.Size);
    }

    private void Appear(Session session, long no)
    {
        RefuseExisting(session);
        session.Db.Execute("DELETE FROM draft WHERE id = ?1", draft.RunId);
        session.Db.Execute("UPDATE run SET id = ?2, copied_from = ?3 WHERE no = ?1", no, draft.RunId, draft.Digest!.Value.ToBytes());
        foreach (var (index, dueAt) in draft.Waiting)
            session.Db.Execute("UPDATE step SET due = ?3 WHERE run = ?1 AND ix = ?2", no, index, dueAt.ToUnixTimeMilliseconds());
        var run = session.Run(no);
        session.OpenChange += run.Open;
        foreach (var ready in draft.Ready)
            ReadyList.Add(session, run, StepRow.Load(session, no, ready.First));
    }

    private static long? Time(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();
}
