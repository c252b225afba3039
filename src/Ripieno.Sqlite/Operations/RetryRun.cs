using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>An operator's retry: failed steps get a new generation, and everything that had ended because of them is open again.</summary>
internal sealed class RetryRun(string runId, IReadOnlyCollection<string> stepKeys)
{
    private readonly Dictionary<int, StepRow> _rows = [];
    private readonly HashSet<StepRow> _moved = [];
    private readonly Queue<(StepRow Step, bool WasBroken)> _following = [];
    private HashSet<int> _groups = [];
    private int _reopened;
    private Session _session = null!;
    private RunRow _run = null!;

    public int Execute(Session session)
    {
        _session = session;
        _run = RunRow.Load(session, runId);
        _rows.Clear();
        _moved.Clear();
        _following.Clear();
        _reopened = 0;
        if (_run.Status != RunStatus.Failed)
        {
            throw new ConflictException(
                $"Run '{runId}' is {Word(_run)}; only a failed run can be retried."
                + (_run.Status == RunStatus.Running && !_run.Cancel ? $" To go on with it: ripieno resume {runId}" : ""));
        }

        var failed = Failed();
        var roots = stepKeys.Count == 0 ? failed : [.. stepKeys.SelectMany(key => Named(key, failed)).DistinctBy(step => step.Index)];
        _groups = Groups();
        foreach (var root in roots)
            Reopen(root, StepMoves.Retried(root.State));
        // Only once all roots are open: one of them may have looked at another. And no recursion: chains may be as long as a run.
        while (_following.TryDequeue(out var reopened))
            Follow(reopened.Step, reopened.WasBroken);

        _run.Reopen(_session);
        foreach (var step in _moved)
            step.SaveGeneration(_session);
        foreach (var step in _moved.Where(step => step.State.Status == StepStatus.Ready))
            ReadyList.Add(_session, _run, step);
        _run.Note(_session, RunEventKind.RetryRequested, null, $"{_reopened} steps");
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

    private HashSet<int> Groups() =>
        [.. Overdue.Pairs(_session, "SELECT DISTINCT run, parent FROM step WHERE run = ?1 AND parent IS NOT NULL", _run.No).Select(pair => pair.Index)];

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
        _run.StepReopened(before);
        _following.Enqueue((step, before.IsBroken));
    }

    private void Follow(StepRow step, bool wasBroken)
    {
        foreach (var target in Dependents(step))
        {
            // A group's own work is done and its members are there: it is not executed again, whatever it had looked at.
            if (!_groups.Contains(target))
                Move(Row(target), StepMoves.DependencyReopened(Row(target).State, wasBroken));
        }

        if (step.Parent is { } parent)
            Move(Row(parent), StepMoves.MemberReopened(Row(parent).State, wasBroken));
    }

    private List<int> Dependents(StepRow step) => _session.Db.List(
        """
        SELECT edge.target FROM edge CROSS JOIN step ON step.run = edge.run AND step.ix = edge.target
        WHERE edge.run = ?1 AND edge.source = ?2 AND step.status >= 0
        """, [step.Run, step.Index], row => row.GetInt32(0));

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
