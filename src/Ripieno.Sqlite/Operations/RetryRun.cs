using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>An operator's retry: what <see cref="RetryPlan"/> decides, written down in one commit.</summary>
internal sealed class RetryRun(string runId, IReadOnlyCollection<string> stepKeys)
{
    public int Execute(Session session)
    {
        var run = RunRow.Load(session, runId);
        if (run.Status != RunStatus.Failed)
            throw RetryPlan.Refusal(runId, run.Status, run.Cancel);
        var steps = new Steps(session, run.No);
        var plan = RetryPlan.Make(runId, stepKeys, steps);
        run.Reopen(session);
        foreach (var (index, state) in plan.Moves)
        {
            var step = steps.Row(index);
            run.StepReopened(session, step.State.Status);
            (step.State, step.Reason) = (state, null);
            step.SaveGeneration(session);
            if (state.Status == StepStatus.Ready)
                ReadyList.Add(session, run, step);
        }

        run.Note(session, RunEventKind.RetryRequested, null, $"{plan.Reopened} steps");
        return plan.Reopened;
    }

    /// <summary>Loaded one by one: a retry touches a few steps of a run that may have thousands.</summary>
    private sealed class Steps(Session session, long run) : IRetrySteps
    {
        private readonly Dictionary<int, StepRow> _rows = [];

        private readonly HashSet<int> _groups =
            [.. Overdue.Pairs(session, "SELECT DISTINCT run, parent FROM step WHERE run = ?1 AND parent IS NOT NULL AND status >= 0", run).Select(pair => pair.Index)];

        public StepRow Row(int index)
        {
            if (!_rows.TryGetValue(index, out var row))
                _rows.Add(index, row = StepRow.Load(session, run, index));
            return row;
        }

        public IReadOnlyList<int> Failed() =>
        [
            .. Overdue.Pairs(
                session, "SELECT run, ix FROM step WHERE run = ?1 AND status IN (?2, ?3) AND broken_members = 0", run, (int)StepStatus.Failed, (int)StepStatus.DeadLettered)
                .Select(pair => pair.Index),
        ];

        public IReadOnlyList<int> Stopped() =>
            [.. Overdue.Pairs(session, "SELECT run, ix FROM step WHERE run = ?1 AND status = ?2 AND broken = 0", run, (int)StepStatus.Skipped).Select(pair => pair.Index)];

        public int? Find(string key) => StepRow.TryLoad(session, run, key) is { IsStaged: false } step ? step.Index : null;

        public StepState State(int index) => Row(index).State;

        public int? Parent(int index) => Row(index).Parent;

        public bool IsGroup(int index) => _groups.Contains(index);

        public IEnumerable<int> Dependents(int index) => session.Db.List(
            """
            SELECT edge.target FROM edge CROSS JOIN step ON step.run = edge.run AND step.ix = edge.target
            WHERE edge.run = ?1 AND edge.source = ?2 AND step.status >= 0
            """, [run, index], row => row.GetInt32(0));
    }
}
