using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

internal sealed class CompleteStep(StepLease lease, StepCompletion completion)
{
    private readonly PackedContent? _result = PackedContent.Of(completion.Result);
    private readonly (string Name, PackedContent Content)[] _artifacts =
        [.. completion.Artifacts.Select(artifact => (artifact.Name, PackedContent.Pack(artifact.Content.Span)))];
    private readonly NewSteps? _steps = completion.Expansion is { Steps.IsEmpty: false } expansion ? new(expansion.Steps) : null;
    private StagedSteps? _staged;

    private bool IntoSelf => completion.Expansion?.Into == ExpansionTarget.Self;

    /// <summary>The expansion, when it is too wide for one transaction and must be written ahead; null when it is not.</summary>
    public StagedSteps? WriteAhead(int batch) =>
        _staged ??= _steps is not null && _steps.Count > batch ? new(lease, completion.Expansion!, _steps) : null;

    public ReportOutcome Execute(Session session)
    {
        if (session.FindRun(lease.RunId) is not { } run)
            return ReportOutcome.LeaseLost;
        var step = StepRow.Load(session, run.No, lease.StepIndex);
        if (Fence.Check(session, run, step, lease) is { } answer)
            return answer;

        // Everything that can be refused is looked at before the first write.
        var group = _steps is null ? null : GroupOf(session, run, step, completion.Expansion!.Into);
        var outside = _staged is null ? _steps?.Check(session, run, group) : null;
        var stale = _staged is null ? _steps?.CheckKeys(session, run) : null;
        _steps?.CheckBound(run);
        var accepted = FindAccepted(session, run, step);

        Store(session, run, step);
        if (accepted is not null)
            session.Db.Execute("UPDATE step SET accepted = ?3 WHERE run = ?1 AND ix = ?2", run.No, step.Parent, accepted.Index);
        stale?.ForEach(one => StagedSteps.Remove(session, one));
        if (_steps is not null)
            Expand(session, run, step, group!, outside);
        if (!step.State.Status.IsTerminal)
            return ReportOutcome.Recorded;
        run.StepEnded(session, step);
        Cascade.Ended(session, run, step);
        return ReportOutcome.Recorded;
    }

    /// <summary>The group that an expansion's steps join.</summary>
    /// <exception cref="ConflictException">The step is in no open group.</exception>
    public static StepRow GroupOf(Session session, RunRow run, StepRow step, ExpansionTarget into)
    {
        if (into == ExpansionTarget.Self)
            return step;
        var group = step.Parent is { } parent ? session.Group(run.No, parent) : null;
        return group?.State.Status == StepStatus.Expanded
            ? group
            : throw new ConflictException($"Step '{step.Key}' of run '{run.Id}' is in no open group that could take the steps that it adds.");
    }

    private void Store(Session session, RunRow run, StepRow step)
    {
        var inline = _result is { IsInline: true } ? _result : null;
        if (inline is null)
            _result?.Insert(session, run.No);
        foreach (var (name, content) in _artifacts)
        {
            content.Insert(session, run.No);
            session.Db.Execute(
                "INSERT OR REPLACE INTO artifact(run, ix, name, hash, size) VALUES(?1, ?2, ?3, ?4, ?5)", run.No, step.Index, name, content.Hash, content.Size);
        }

        var wasReady = step.State.Status == StepStatus.Ready;
        step.State = StepMoves.WorkDone(step.State, IntoSelf ? _steps?.Count ?? 0 : 0);
        step.Owner = null;
        step.Reason = null;
        session.Db.Execute(
            """
            UPDATE step SET status = ?3, recorded = ?4, kept_for = NULL, owner = NULL, due = NULL, reason = NULL, open_members = ?5, broken_members = 0, result = ?6,
              accepted = NULL, tokens_in = tokens_in + ?7, tokens_out = tokens_out + ?8, finished = CASE WHEN ?3 >= 5 THEN ?9 ELSE NULL END,
              size = ?10, body = ?11, files = CASE WHEN ?12 > 0 THEN (SELECT count(*) FROM artifact WHERE run = ?1 AND ix = ?2) ELSE files END
            WHERE run = ?1 AND ix = ?2
            """,
            run.No, step.Index, (int)step.State.Status, step.State.RecordedEpoch, step.State.OpenMembers, _result?.Hash, completion.Usage.Input, completion.Usage.Output,
            session.Now, inline?.SignedSize, inline?.Body, _artifacts.Length);
        if (wasReady)
            ReadyList.Removed(session, run, step);
        run.Spent(completion.Usage);
        if (completion.Fallback is not null)
            run.Note(session, RunEventKind.FallbackAnswered, step.Index, completion.Fallback);
        run.Note(session, step.State.Status == StepStatus.Expanded ? RunEventKind.StepExpanded : RunEventKind.StepSucceeded, step.Index);
        GiveUpStep.Served(session, run, step, completion.Model, completion.Usage);
        session.Figures.Ended(run.Workflow, session.Executor(step.Class), completion.Model, succeeded: true);
    }

    private void Expand(Session session, RunRow run, StepRow step, StepRow group, Dictionary<string, StepRow>? outside)
    {
        if (!IntoSelf)
            group.State = StepMoves.MembersAdded(group.State, _steps!.Count);

        if (_staged is null)
        {
            _steps!.Add(session, run, group.Index, outside!);
            return;
        }

        _steps!.Arrived(session, run);
        run.Added(session, _staged.Count);
        Unfinished.Unfold(session, run, _staged.First, _staged.Count);
    }

    private StepRow? FindAccepted(Session session, RunRow run, StepRow step)
    {
        if (completion.Accepts is null)
            return null;
        var accepted = StepRow.TryLoad(session, run.No, completion.Accepts);
        return accepted is not null && step.Parent is { } parent && (accepted.Parent == parent || accepted.Index == parent)
            ? accepted
            : throw new ConflictException($"Step '{step.Key}' of run '{run.Id}' accepts '{completion.Accepts}', which is not of its group.");
    }
}
