using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

internal sealed class SubmitRun(RunSubmission submission, long? maxQueued = null)
{
    private readonly NewSteps _steps = new(submission.Steps);
    private readonly PackedContent _snapshot = PackedContent.Pack(submission.Snapshot.Span);
    private readonly PackedContent? _input = PackedContent.Of(submission.Input);

    public SubmitOutcome Execute(Session session)
    {
        var db = session.Db;
        if (db.Blob("SELECT fingerprint FROM run WHERE id = ?1", submission.Id) is { } stored)
        {
            return stored.AsSpan().SequenceEqual(submission.Fingerprint.ToBytes())
                ? SubmitOutcome.Existing
                : throw new ConflictException(
                    $"Run '{submission.Id}' exists already with another backlog or other settings. Choose another --id, or look at it: ripieno show {submission.Id}");
        }

        Check();
        var outside = _steps.Check(session, null, null);
        CheckRoom(session);
        db.Execute("INSERT INTO snapshot(hash, size, body) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING", _snapshot.Hash, _snapshot.SignedSize, _snapshot.Body);
        db.Execute(
            """
            INSERT INTO run(id, fingerprint, title, workflow, tenant, tenant_weight, priority, weight, max_parallel, max_steps, max_deaths_alone, stop_on_failure, snapshot, input, status, created)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            """,
            submission.Id, submission.Fingerprint.ToBytes(), submission.Title, submission.Workflow, submission.Tenant, submission.TenantWeight, submission.Priority,
            submission.Weight, submission.MaxParallel, submission.MaxSteps, submission.MaxDeathsAlone, submission.StopOnFailure, _snapshot.Hash, _input?.Hash, (int)RunStatus.Running, session.Now);
        var run = RunRow.Load(session, submission.Id);
        _input?.Insert(session, run.No);
        run.Note(session, RunEventKind.RunAccepted, null);
        session.Figures.Arrived(run.Workflow, "", 1);
        _steps.Add(session, run, null, outside);
        return SubmitOutcome.Created;
    }

    private void Check()
    {
        if (_steps.Count > submission.MaxSteps)
            throw Invalid($"run '{submission.Id}'", $"{_steps.Count} steps", $"at most {submission.MaxSteps} (maxSteps)");
        if (_steps.Count > ContentLimits.FirstSteps)
            throw Invalid($"run '{submission.Id}'", $"{_steps.Count} steps to begin with", $"at most {ContentLimits.FirstSteps}; let a step add the others");
        Check("weight", submission.Weight);
        Check("tenant weight", submission.TenantWeight);
        Check("maximum of deaths alone", submission.MaxDeathsAlone);
    }

    private void CheckRoom(Session session)
    {
        if (maxQueued is { } most && session.OpenSteps is var open && open + _steps.Count > most)
            throw Refusals.TooManySteps(submission, open, most);
        // Runs that end in this very transaction still count.
        if (submission.TenantMaxQueued is { } mostRuns
            && session.Db.Number("SELECT count(*) FROM run WHERE tenant = ?1 AND status = 0 AND id IS NOT NULL AND workflow <> ?2", submission.Tenant, RunSubmission.Uncounted) is var runs && runs >= mostRuns)
        {
            throw Refusals.TooManyRuns(submission, runs);
        }
    }

    private void Check(string name, int value)
    {
        if (value < 1)
            throw Invalid($"{name} of run '{submission.Id}'", $"{value}", "1 or more");
    }

    private static InvalidInputException Invalid(string place, string found, string expected) => new(new Problem(null, null, place, found, expected));
}
