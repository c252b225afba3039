using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>
/// A wide expansion on its way: its steps are written ahead, a batch in each transaction, under the step and the epoch that add them. Nobody sees them until the
/// completion commits, with a count and a cursor; from there they unfold batch by batch. What an execution wrote ahead and never committed is replaced by the next one's.
/// </summary>
internal sealed class StagedSteps(StepLease lease, StepExpansion expansion, NewSteps steps)
{
    private Dictionary<string, StepRow> _outside = [];
    private int _group;

    public int First { get; private set; }

    public int Count => steps.Count;

    /// <summary>Writes the steps from <paramref name="offset"/> on, as many as a batch holds.</summary>
    /// <returns>Null when the execution may go on; else what to answer to its report.</returns>
    public ReportOutcome? Stage(Session session, int offset)
    {
        if (session.FindRun(lease.RunId) is not { } run)
            return ReportOutcome.LeaseLost;
        var step = StepRow.Load(session, run.No, lease.StepIndex);
        if (Fence.Check(session, run, step, lease) is { } answer)
            return answer;
        if (offset == 0)
        {
            var group = CompleteStep.GroupOf(session, run, step, expansion.Into);
            _outside = steps.Check(session, run, group);
            _group = group.Index;
        }

        var bound = Math.Min(offset + session.Batch, Count);
        var stale = Enumerable.Range(offset, bound - offset).Select(i => FindStale(session, run, steps.Specs[i].Key)).OfType<StepRow>().ToList();
        if (offset == 0)
            First = run.Reserve(Count);
        stale.ForEach(step => Remove(session, step));
        for (var i = offset; i < bound; i++)
            Insert(session, run, i);
        return null;
    }

    /// <summary>Makes a batch of the steps in [<paramref name="cursor"/>, <paramref name="bound"/>) what they are: blocked, ready or skipped.</summary>
    /// <returns>Where to go on; null when all are done.</returns>
    public static int? Unfold(Session session, RunRow run, int cursor, int bound)
    {
        var end = (int)Math.Min((long)cursor + session.Batch, bound);
        var told = Unfinished.FanOuts(session, run.No);
        foreach (var step in StepRow.Range(session, run.No, cursor, end).Where(step => step.IsStaged))
        {
            if (run.Cancel)
                step.State = step.State with { Status = StepStatus.Cancelled, Pending = 0, RecordedEpoch = 0 };
            else
                Decide(session, run, step, told);
            Save(session, step);
            if (step.State.Status == StepStatus.Ready)
                ReadyList.Add(session, run, step);
            if (!step.State.Status.IsTerminal)
                continue;
            var alone = step.State.Status == StepStatus.Skipped && !HasDependents(session, step);
            if (step.State.Status == StepStatus.Skipped)
                run.Note(session, RunEventKind.StepSkipped, step.Index, step.Reason);
            if (step.State.Status == StepStatus.Skipped && !alone)
            {
                Unfinished.FanOut(session, step, -1, run.Next);
                told.Add((step.Index, -1, run.Next));
            }

            run.StepEnded(session, step);
            // Only its group is to be told, which takes no cursor: of a list of thousands that a stopped run skips, each would need a commit of its own.
            if (alone)
                Cascade.Ended(session, run, step);
        }

        return end < bound ? end : null;
    }

    /// <summary>True when a step was written ahead by an execution that will not commit it: an older one, or the one of <paramref name="by"/>, which begins again.</summary>
    public static bool MayReplace(Session session, StepRow step, StepLease? by)
    {
        if (!step.IsStaged || Unfinished.IsUnfolding(session, step.Run, step.Index))
            return false;
        var (writer, epoch) = WriterOf(session, step);
        return writer.Index == by?.StepIndex || writer.State.Epoch != epoch || writer.State.RecordedEpoch == epoch || writer.State.Status.IsTerminal;
    }

    public static void Remove(Session session, StepRow step)
    {
        session.Db.Execute("DELETE FROM edge WHERE run = ?1 AND source = ?2", step.Run, step.Index);
        session.Db.Execute("DELETE FROM edge WHERE run = ?1 AND target = ?2", step.Run, step.Index);
        session.Db.Execute("DELETE FROM step WHERE run = ?1 AND ix = ?2", step.Run, step.Index);
    }

    private StepRow? FindStale(Session session, RunRow run, string key) =>
        StepRow.TryLoad(session, run.No, key) is not { } existing ? null : MayReplace(session, existing, lease) ? existing : throw StepBatch.Twice(key);

    private void Insert(Session session, RunRow run, int i)
    {
        var spec = steps.Specs[i];
        var dependencies = steps.Dependencies(i, First, _outside).ToList();
        steps.Inputs[i]?.Insert(session, run.No);
        session.Db.Execute(
            """
            INSERT INTO step(run, ix, key, definition, class, parent, rank, trigger, status, pending, broken, input, recorded, accepted)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?11, ?12, ?13)
            """,
            run.No, First + i, spec.Key, spec.Definition, session.Class(spec.Class), _group, -spec.Priority, (int)spec.Trigger, Schema.Staged, dependencies.Count,
            steps.Inputs[i]?.Hash, lease.Epoch, lease.StepIndex);
        foreach (var source in dependencies)
            session.Db.Execute("INSERT INTO edge(run, source, target) VALUES(?1, ?2, ?3)", run.No, source, First + i);
    }

    /// <summary>
    /// Looks at the dependencies as they are now. One that has ended but is still telling its dependents, and has not come to this step, counts as open: it will.
    /// </summary>
    private static void Decide(Session session, RunRow run, StepRow step, List<(int Step, int Cursor, int Bound)> told)
    {
        var (pending, broken) = (0, 0);
        if (step.State.Pending > 0)
        {
            using var rows = session.Db.Query(
                """
                SELECT step.ix, step.key, step.status FROM edge CROSS JOIN step ON step.run = edge.run AND step.ix = edge.source
                WHERE edge.run = ?1 AND edge.target = ?2
                """, step.Run, step.Index);
            while (rows.Read())
            {
                var (index, status) = (rows.GetInt32(0), (StepStatus)rows.GetInt32(2));
                if (!status.IsTerminal || told.Exists(one => one.Step == index && one.Cursor < step.Index && step.Index < one.Bound))
                    pending++;
                else if (status.IsBroken)
                    (broken, step.Reason) = (broken + 1, step.Reason ?? Cascade.Because(rows.GetString(1), status));
            }
        }

        step.State = StepMoves.New(step.State.Trigger, pending, broken);
        if (step.State.Status == StepStatus.Ready)
            step.Reason = null;
        StopRun.Apply(session, run, step);
    }

    private static void Save(Session session, StepRow step) => session.Db.Execute(
        """
        UPDATE step SET status = ?3, pending = ?4, broken = ?5, recorded = 0, accepted = NULL, reason = ?6, since = CASE ?3 WHEN 1 THEN ?7 ELSE NULL END,
          finished = CASE WHEN ?3 >= 5 THEN ?7 ELSE NULL END
        WHERE run = ?1 AND ix = ?2
        """,
        step.Run, step.Index, (int)step.State.Status, step.State.Pending, step.State.BrokenDependencies, step.Reason, session.Now);

    private static bool HasDependents(Session session, StepRow step) =>
        session.Db.NumberOrNull("SELECT 1 FROM edge WHERE run = ?1 AND source = ?2 LIMIT 1", step.Run, step.Index) is not null;

    private static (StepRow Step, long Epoch) WriterOf(Session session, StepRow step)
    {
        var index = (int)session.Db.Number("SELECT accepted FROM step WHERE run = ?1 AND ix = ?2", step.Run, step.Index);
        return (StepRow.Load(session, step.Run, index), step.State.RecordedEpoch);
    }
}
