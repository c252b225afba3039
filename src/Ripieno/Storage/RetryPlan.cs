using Ripieno.Errors;
using Ripieno.Runs;

namespace Ripieno.Storage;

/// <summary>
/// What an operator's retry does to the steps of a failed run: failed ones get a new generation, and everything that had ended because of them is open again, with what a stop at a failure kept from
/// beginning. Decided here, for a store to write down.
/// </summary>
internal sealed class RetryPlan
{
    private readonly string _runId;
    private readonly IRetrySteps _steps;
    private readonly Dictionary<int, StepState> _states = [];
    private readonly List<int> _roots = [];
    private readonly List<int> _others = [];
    private readonly Queue<(int Index, bool WasBroken)> _following = [];

    private RetryPlan(string runId, IRetrySteps steps)
    {
        _runId = runId;
        _steps = steps;
    }

    /// <summary>
    /// Steps that move, with what they become: all of them are open again. Those that failed by their own work, or could have begun, come last, so that a store that writes batch by batch has opened
    /// what waits for them before one can be claimed, and end.
    /// </summary>
    public IEnumerable<(int Index, StepState State)> Moves => _others.Concat(_roots).Select(index => (index, _states[index]));

    /// <summary>How many are open again.</summary>
    public int Reopened => _states.Count;

    /// <param name="runId">For messages.</param>
    /// <param name="stepKeys">Which to retry, with everything that failed within them; none = all that failed.</param>
    /// <param name="steps">Of the run, which has failed: all of them are terminal.</param>
    /// <exception cref="NotFoundException">There is no step of such a key.</exception>
    /// <exception cref="ConflictException">A step that is named has not failed.</exception>
    public static RetryPlan Make(string runId, IReadOnlyCollection<string> stepKeys, IRetrySteps steps)
    {
        var plan = new RetryPlan(runId, steps);
        var failed = steps.Failed();
        foreach (var root in stepKeys.Count == 0 ? failed : stepKeys.SelectMany(key => plan.Named(key, failed)).Distinct())
        {
            plan._roots.Add(root);
            plan.Move(root, StepMoves.Retried(steps.State(root)));
        }

        foreach (var stopped in steps.Stopped())
        {
            plan._roots.Add(stopped);
            plan.Move(stopped, StepMoves.StopLifted(steps.State(stopped)));
        }

        // Only once all roots are open: one of them may have looked at another. And no recursion: chains may be as long as a run.
        while (plan._following.TryDequeue(out var reopened))
            plan.Follow(reopened.Index, reopened.WasBroken);
        return plan;
    }

    /// <summary>What to say of a run that is not failed.</summary>
    public static ConflictException Refusal(string runId, RunStatus status, bool cancel)
    {
        var word = status != RunStatus.Running ? status.ToString().ToLowerInvariant() : cancel ? "being cancelled" : "running";
        var next = status == RunStatus.Running && !cancel ? $" To go on with it: ripieno resume {runId}" : "";
        return new($"Run '{runId}' is {word}; only a failed run can be retried.{next}");
    }

    private List<int> Named(string key, IReadOnlyList<int> failed)
    {
        var named = _steps.Find(key) ?? throw new NotFoundException($"Run '{_runId}' has no step '{key}'. See: ripieno show {_runId}");
        var matching = failed.Where(index => IsWithin(index, named)).ToList();
        return matching.Count > 0
            ? matching
            : throw new ConflictException($"Step '{key}' of run '{_runId}' is {_steps.State(named).Status}; only failed steps can be retried. See: ripieno show {_runId}");
    }

    private bool IsWithin(int index, int named)
    {
        int? at = index;
        while (at is { } one && one != named)
            at = _steps.Parent(one);
        return at is not null;
    }

    private void Follow(int index, bool wasBroken)
    {
        foreach (var dependent in _steps.Dependents(index))
        {
            // A group's own work is done and its members are there: it is not executed again, whatever it had looked at.
            if (!_steps.IsGroup(dependent))
                MoveOther(dependent, StepMoves.DependencyReopened(State(dependent), wasBroken));
        }

        if (_steps.Parent(index) is { } group)
            MoveOther(group, StepMoves.MemberReopened(State(group), wasBroken));
    }

    private StepState State(int index) => _states.TryGetValue(index, out var moved) ? moved : _steps.State(index);

    private void MoveOther(int index, StepState state)
    {
        if (!_states.ContainsKey(index))
            _others.Add(index);
        Move(index, state);
    }

    private void Move(int index, StepState state)
    {
        if (!_states.ContainsKey(index))
            _following.Enqueue((index, _steps.State(index).Status.IsBroken));
        _states[index] = state;
    }
}
