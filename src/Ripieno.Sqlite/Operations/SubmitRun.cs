using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

internal sealed class SubmitRun(RunSubmission submission)
{
    private readonly NewSteps _steps = new(submission.Steps);
    private readonly PackedContent _snapshot = PackedContent.Pack(submission.Snapshot.Span);
    private readonly PackedContent? _input = PackedContent.Of(submission.Input);

    public SubmitOutcome Execute(Session session)
    {
        var db = session.Db;
        if (db.Scalar("SELECT fingerprint FROM run WHERE id = ?1", submission.Id) is byte[] stored)
        {
            return stored.AsSpan().SequenceEqual(submission.Fingerprint.ToBytes())
                ? SubmitOutcome.Existing
                : throw new ConflictException(
                    $"Run '{submission.Id}' exists already with another backlog or other settings. Choose another --id, or look at it: ripieno show {submission.Id}");
        }

        var dependencies = _steps.Check(session, null, null);
        if (_steps.Count > submission.MaxSteps)
            throw new InvalidInputException(new Problem(null, null, $"run '{submission.Id}'", $"{_steps.Count} steps", $"at most {submission.MaxSteps} (maxSteps)"));
        if (submission.Weight < 1)
            throw new InvalidInputException(new Problem(null, null, $"weight of run '{submission.Id}'", $"{submission.Weight}", "1 or more"));
        db.Execute("INSERT INTO snapshot(hash, size, body) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING", _snapshot.Hash, Size(_snapshot), _snapshot.Body);
        db.Execute(
            """
            INSERT INTO run(id, fingerprint, title, workflow, tenant, priority, weight, max_parallel, max_steps, snapshot, input, status, created)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
            """,
            submission.Id, submission.Fingerprint.ToBytes(), submission.Title, submission.Workflow, submission.Tenant, submission.Priority, submission.Weight,
            submission.MaxParallel, submission.MaxSteps, _snapshot.Hash, _input?.Hash, (int)RunStatus.Running, session.Now);
        var run = RunRow.Load(session, submission.Id);
        _input?.Insert(session, run.No);
        run.Note(session, RunEventKind.RunAccepted, null);
        _steps.Add(session, run, null, dependencies);
        run.Save(session);
        return SubmitOutcome.Created;
    }

    /// <summary>A snapshot's size is negative when its body is not packed: it needs no column of its own for that.</summary>
    private static int Size(PackedContent content) => content.IsPacked ? content.Size : -content.Size;
}
