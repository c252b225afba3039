using System.Collections.Immutable;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>Steps on their way into a run. What can be looked at without the store is looked at before they reach the writer thread.</summary>
internal sealed class NewSteps(ImmutableArray<StepSpec> specs)
{
    private readonly StepBatch _batch = new(specs);

    public ImmutableArray<StepSpec> Specs => _batch.Specs;

    public PackedContent?[] Inputs => _batch.Inputs;

    public int Count => _batch.Count;

    /// <summary>Checks dependencies, cycles and the run's bound: all but the keys, which <see cref="CheckKeys"/> checks.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="run">The run that the steps join; null = a new one.</param>
    /// <param name="group">The step whose group they join.</param>
    /// <returns>The steps outside of these on which some of these depend.</returns>
    public Dictionary<string, StepRow> Check(Session session, RunRow? run, StepRow? group)
    {
        CheckBound(run);
        if (_batch.Problem is not null)
            throw _batch.Problem;
        var outside = new Dictionary<string, StepRow>(StringComparer.Ordinal);
        foreach (var key in _batch.Outside)
            outside.Add(key, Find(session, run, key));
        if (group is not null)
            CheckGroup(session, group, outside);
        return outside;
    }

    public void CheckBound(RunRow? run)
    {
        if (run is not null && run.Steps + Count > run.MaxSteps)
            throw StepBatch.TooMany(run.Id, run.Steps + Count, run.MaxSteps);
    }

    /// <summary>Checks that their keys are free.</summary>
    /// <returns>Steps of these keys that were written ahead and given up: to be removed.</returns>
    public List<StepRow> CheckKeys(Session session, RunRow run)
    {
        var stale = new List<StepRow>();
        foreach (var spec in Specs)
        {
            if (StepRow.TryLoad(session, run.No, spec.Key) is not { } existing)
                continue;
            if (!StagedSteps.MayReplace(session, existing, null))
                throw StepBatch.Twice(spec.Key);
            stale.Add(existing);
        }

        return stale;
    }

    /// <summary>Adds all of them, checked before.</summary>
    public void Add(Session session, RunRow run, int? parent, Dictionary<string, StepRow> outside)
    {
        var first = run.Reserve(Count);
        var skipped = new List<StepRow>();
        for (var i = 0; i < Count; i++)
        {
            var step = Insert(session, run, i, first, parent, outside);
            if (step.State.Status == StepStatus.Ready)
                ReadyList.Add(session, run, step);
            else if (step.State.Status == StepStatus.Skipped)
                skipped.Add(step);
        }

        Arrived(session, run);
        run.Added(session, Count);
        // Only once all are there, because skipping looks for dependents.
        foreach (var step in skipped)
        {
            run.Note(session, RunEventKind.StepSkipped, step.Index, step.Reason);
            run.StepEnded(session, step);
            Cascade.Ended(session, run, step);
        }
    }

    public void Arrived(Session session, RunRow run)
    {
        foreach (var (stepClass, count) in Specs.CountBy(spec => spec.Class))
            session.Figures.Arrived(run.Workflow, stepClass.Executor, count);
    }

    /// <summary>Indexes of the dependencies of the <paramref name="i"/>th step, when the first of these steps has the index <paramref name="first"/>.</summary>
    public IEnumerable<int> Dependencies(int i, int first, Dictionary<string, StepRow> outside) =>
        _batch.Dependencies(i).Select(key => _batch.OffsetOf(key) is { } offset ? first + offset : outside[key].Index);

    private StepRow Insert(Session session, RunRow run, int i, int first, int? parent, Dictionary<string, StepRow> outside)
    {
        var spec = Specs[i];
        var others = _batch.Dependencies(i).Where(outside.ContainsKey).Select(key => outside[key]).ToList();
        var broken = others.FirstOrDefault(other => other.State.Status.IsBroken);
        var state = StepMoves.New(
            spec.Trigger,
            _batch.Dependencies(i).Count - others.Count(other => other.State.Status.IsTerminal),
            others.Count(other => other.State.Status.IsBroken));
        var step = new StepRow
        {
            Run = run.No,
            Index = first + i,
            Key = spec.Key,
            Class = session.Class(spec.Class),
            Parent = parent,
            Rank = -spec.Priority,
            IsStaged = false,
            State = state,
            Owner = null,
            Reason = broken is null || state.Status == StepStatus.Ready ? null : Cascade.Because(broken),
            Claimed = null,
        };
        StopRun.Apply(session, run, step);
        Inputs[i]?.Insert(session, run.No);
        session.Db.Execute(
            """
            INSERT INTO step(run, ix, key, definition, class, parent, rank, trigger, status, pending, broken, input, reason, since, finished)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
            """,
            run.No, step.Index, spec.Key, spec.Definition, step.Class, parent, step.Rank, (int)spec.Trigger, (int)step.State.Status, state.Pending,
            state.BrokenDependencies, Inputs[i]?.Hash, step.Reason, step.State.Status == StepStatus.Ready ? session.Now : (long?)null,
            step.State.Status.IsTerminal ? session.Now : (long?)null);
        foreach (var source in Dependencies(i, first, outside))
            session.Db.Execute("INSERT INTO edge(run, source, target) VALUES(?1, ?2, ?3)", run.No, source, step.Index);
        return step;
    }

    private StepRow Find(Session session, RunRow? run, string key)
    {
        // One that was written ahead is there as soon as its expansion is committed, unfolded or not.
        if (run is not null && StepRow.TryLoad(session, run.No, key) is { } step && (!step.IsStaged || Unfinished.IsUnfolding(session, run.No, step.Index)))
            return step;
        throw _batch.Unknown(key);
    }

    /// <summary>The group will wait for its new members: one of them that waits for the group, directly or not, would let neither end.</summary>
    private void CheckGroup(Session session, StepRow group, Dictionary<string, StepRow> outside)
    {
        // Only these can be waiting for something; a step that is running or ready waits for nothing.
        var suspects = outside.Values.Where(step => step.Index == group.Index || step.State.Status is StepStatus.Blocked or StepStatus.Expanded)
            .Select(step => step.Index).ToHashSet();
        if (suspects.Count == 0)
            return;
        var waiting = new HashSet<int> { group.Index };
        var next = new Queue<StepRow>([group]);
        while (next.TryDequeue(out var step))
        {
            if (suspects.Contains(step.Index))
                throw _batch.WaitsForGroup(step.Key, group.Key);

            var waits = StepRow.Dependents(session, step.Run, step.Index, -1, int.MaxValue, int.MaxValue);
            if (step.Parent is { } parent && waiting.Add(parent))
                next.Enqueue(StepRow.Load(session, step.Run, parent));
            foreach (var one in waits.Where(one => waiting.Add(one.Index)))
                next.Enqueue(one);
        }
    }
}
