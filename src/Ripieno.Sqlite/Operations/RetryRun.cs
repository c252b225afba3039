using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>An operator's retry: failed steps get a new generation, and everything that had ended because of them is open again.</summary>
internal sealed class RetryRun(string runId, IReadOnlyCollection<string> stepKeys)
{
    private readonly Dictionary<int, StepRow> _rows = [];
    private readonly HashSet<StepRow> _moved = [];
    private int _reopened;
    private Session _session;
    private RunRow _run = null!;

    public int Execute(Session session)
    {
        _session = session;
        _run = RunRow.Load(session, runId);
        _rows.Clear();
        _moved.Clear();
        _reopened = 0;
        if (_run.Status != RunStatus.Failed)
        {
            throw new ConflictException(
                $"Run '{runId}' is {Word(_run)}; only a failed run can be retried."
                + (_run.Status == RunStatus.Running && !_run.Cancel ? $" To go on with it: ripieno resume {runId}" : ""));
        }

        var failed = Failed();
        var roots = stepKeys.Count == 0 ? failed : [.. stepKeys.SelectMany(key => Named(key, failed)).DistinctBy(step => step.Index)];
        foreach (var root in roots)
            Reopen(root, StepMoves.Retried(root.State));

        _run.Status = RunStatus.Running;
        foreach (var step in _moved)
        {
            step.SaveMove(_session);
            step.SaveCounters(_session);
        }

        _session.Db.Execute("UPDATE run SET finished = NULL WHERE no = ?1", _run.No);
        foreach (var step in _moved.Where(step => step.State.Status == StepStatus.Ready))
            ReadyList.Add(_session, _run, step);
        _run.Note(_session, RunEventKind.RetryRequested, null, $"{_reopened} steps");
        _run.Save(_session);
        return _reopened;
    }

    /// <summary>Steps that failed by their own work; a group that failed through a member is reopened with that member.</summary>
    private List<StepRow> Failed()
    {
        var failed = new List<StepRow>();
        foreach (var (_, index) in Overdue.Pairs(
            _session, "SELECT run, ix FROM step WHERE run = ?1 AND status IN (?2, ?3) AND broken_members = 0", _run.No, (int)StepStatus.Failed, (int)StepStatus.DeadLettered))
        {
            failed.Add(Row(index));
        }

        return failed;
    }

    private List<StepRow> Named(string key, List<StepRow> failed)
    {
        var named = StepRow.TryLoad(_session, _run.No, key) ?? throw new NotFoundException($"Run '{runId}' has no step '{key}'. See: ripieno show {runId}");
        var matching = failed.Where(step => IsWithin(step, named.Index)).ToList();
        return matching.Count > 0
            ? matching
            : throw new ConflictException($"Step '{key}' of run '{runId}' is {named.State.Status}; only failed steps can be retried. See: ripieno show {runId}");
    }

    private bool IsWithin(StepRow step, int index) => step.Index == index || (step.Parent is { } parent && IsWithin(Row(parent), index));

    private StepRow Row(int index)
    {
        if (!_rows.TryGetValue(index, out var row))
            _rows.Add(index, row = StepRow.Load(_session, _run.No, index));
        return row;
    }

    private void Reopen(StepRow step, StepState state)
    {
        var before = step.State.Status;
        step.State = state;
        step.Reason = null;
        _moved.Add(step);
        _reopened++;
        _run.Open++;
        if (before is StepStatus.Failed or StepStatus.DeadLettered)
            _run.Failed--;
        foreach (var target in Cascade.Dependents(_session, step))
        {
            var dependent = Row(target);
            var moved = StepMoves.DependencyReopened(dependent.State, before.IsBroken);
            Move(dependent, moved);
        }

        if (step.Parent is { } parent)
            Move(Row(parent), StepMoves.MemberReopened(Row(parent).State, before.IsBroken));
    }

    private void Move(StepRow step, StepState state)
    {
        if (step.State.Status.IsTerminal)
            Reopen(step, state);
        else
            step.State = state;
        _moved.Add(step);
    }

    private static string Word(RunRow run) => run.Status == RunStatus.Running ? run.Cancel ? "being cancelled" : "running" : run.Status.ToString().ToLowerInvariant();
}
