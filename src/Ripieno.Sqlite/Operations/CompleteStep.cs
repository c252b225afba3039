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

    public ReportOutcome Execute(Session session)
    {
        var run = RunRow.Load(session, lease.RunId);
        var step = StepRow.Load(session, run.No, lease.StepIndex);
        if (Fence.Check(session, run, step, lease) is { } answer)
            return answer;

        // Everything that can be refused is looked at before the first write.
        var intoSelf = completion.Expansion?.Into == ExpansionTarget.Self;
        var group = FindGroup(session, run, step, intoSelf);
        var dependencies = _steps?.Check(session, run, group);
        var accepted = FindAccepted(session, run, step);

        _result?.Insert(session, run.No);
        foreach (var (name, content) in _artifacts)
        {
            content.Insert(session, run.No);
            session.Db.Execute(
                "INSERT OR REPLACE INTO artifact(run, ix, name, hash, size) VALUES(?1, ?2, ?3, ?4, ?5)", run.No, step.Index, name, content.Hash, content.Size);
        }

        if (step.State.Status == StepStatus.Ready)
            ReadyList.Remove(session, step);
        step.State = StepMoves.WorkDone(step.State, intoSelf ? _steps?.Count ?? 0 : 0);
        step.Owner = null;
        step.Reason = null;
        step.SaveMove(session);
        session.Db.Execute(
            "UPDATE step SET result = ?3, accepted = NULL, tokens_in = tokens_in + ?4, tokens_out = tokens_out + ?5 WHERE run = ?1 AND ix = ?2",
            run.No, step.Index, _result?.Hash, completion.Usage.Input, completion.Usage.Output);
        run.Usage += completion.Usage;
        run.Note(session, step.State.Status == StepStatus.Expanded ? RunEventKind.StepExpanded : RunEventKind.StepSucceeded, step.Index);
        if (accepted is not null)
            session.Db.Execute("UPDATE step SET accepted = ?3 WHERE run = ?1 AND ix = ?2", run.No, step.Parent, accepted.Index);
        if (_steps is not null)
        {
            if (!intoSelf)
            {
                group!.State = StepMoves.MembersAdded(group.State, _steps.Count);
                group.SaveCounters(session);
            }

            _steps.Add(session, run, intoSelf ? step.Index : group!.Index, dependencies!);
        }

        if (step.State.Status.IsTerminal)
            Cascade.Ended(session, run, step);
        run.Save(session);
        return ReportOutcome.Recorded;
    }

    private StepRow? FindGroup(Session session, RunRow run, StepRow step, bool intoSelf)
    {
        if (_steps is null || intoSelf)
            return _steps is null ? null : step;
        var group = step.Parent is { } parent ? StepRow.Load(session, run.No, parent) : null;
        return group?.State.Status == StepStatus.Expanded
            ? group
            : throw new ConflictException($"Step '{step.Key}' of run '{run.Id}' is in no open group that could take the steps that it adds.");
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
