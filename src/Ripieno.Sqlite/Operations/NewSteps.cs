using System.Collections.Immutable;
using Ripieno.Errors;
using Ripieno.Runs;

namespace Ripieno.Sqlite.Operations;

/// <summary>Steps on their way into a run: checked as a whole before the first write, then added.</summary>
internal sealed class NewSteps
{
    private readonly ImmutableArray<StepSpec> _specs;
    private readonly PackedContent?[] _inputs;

    /// <summary>Packs the inputs; called off the writer thread.</summary>
    public NewSteps(ImmutableArray<StepSpec> specs)
    {
        _specs = specs;
        _inputs = [.. specs.Select(spec => PackedContent.Of(spec.Input))];
    }

    public int Count => _specs.Length;

    /// <summary>Checks keys, dependencies, cycles and the run's bound.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="run">The run that the steps join; null = a new one.</param>
    /// <param name="group">The step whose group they join.</param>
    /// <returns>For each new step its dependencies: index, and status when the run has the step already.</returns>
    public List<(int Index, StepStatus? Status)>[] Check(Session session, RunRow? run, StepRow? group)
    {
        var first = run?.Steps ?? 0;
        if (run is not null && first + Count > run.MaxSteps)
        {
            throw Invalid(
                run.Id, $"{first + Count} steps", $"at most {run.MaxSteps} (maxSteps)", "Split the backlog, or raise workflows.standard.maxSteps for the next run.");
        }

        var indexes = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < Count; i++)
        {
            if (!indexes.TryAdd(_specs[i].Key, first + i) || (run is not null && StepRow.TryLoad(session, run.No, _specs[i].Key) is not null))
                throw Invalid($"step '{_specs[i].Key}'", "a key that the run has already", "a key of its own");
        }

        var dependencies = new List<(int, StepStatus?)>[Count];
        for (var i = 0; i < Count; i++)
            dependencies[i] = [.. _specs[i].DependsOn.Distinct(StringComparer.Ordinal).Select(key => Find(session, run, indexes, _specs[i].Key, key))];
        CheckCycles(dependencies, first);
        if (group is not null)
            CheckGroup(session, run!, group, dependencies);
        return dependencies;
    }

    public void Add(Session session, RunRow run, int? parent, List<(int Index, StepStatus? Status)>[] dependencies)
    {
        var first = run.Steps;
        run.Steps += Count;
        run.Open += Count;
        var skipped = new List<StepRow>();
        for (var i = 0; i < Count; i++)
        {
            var step = Insert(session, run, _specs[i], _inputs[i], first + i, parent, dependencies[i]);
            if (step.State.Status == StepStatus.Ready)
                ReadyList.Add(session, run, step);
            else if (step.State.Status == StepStatus.Skipped)
                skipped.Add(step);
        }

        // Only once all are there, because skipping looks for dependents.
        foreach (var step in skipped)
        {
            run.Note(session, Storage.RunEventKind.StepSkipped, step.Index, step.Reason);
            Cascade.Ended(session, run, step);
        }
    }

    private static StepRow Insert(
        Session session, RunRow run, StepSpec spec, PackedContent? input, int index, int? parent, List<(int Index, StepStatus? Status)> dependencies)
    {
        var state = StepMoves.New(
            spec.Trigger,
            dependencies.Count(dependency => dependency.Status is not { IsTerminal: true }),
            dependencies.Count(dependency => dependency.Status is { IsBroken: true }));
        var step = new StepRow
        {
            Run = run.No,
            Index = index,
            Key = spec.Key,
            Class = session.Class(spec.Class),
            Parent = parent,
            Priority = spec.Priority,
            State = state,
            Owner = null,
            Reason = state.Status == StepStatus.Skipped ? "a dependency had failed before it was added" : null,
        };
        input?.Insert(session, run.No);
        session.Db.Execute(
            """
            INSERT INTO step(run, ix, key, definition, class, parent, priority, trigger, status, pending, broken, input, reason, finished)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            """,
            run.No, index, spec.Key, spec.Definition, step.Class, parent, spec.Priority, (int)spec.Trigger, (int)state.Status, state.Pending,
            state.BrokenDependencies, input?.Hash, step.Reason, state.Status.IsTerminal ? session.Now : null);
        foreach (var (source, _) in dependencies)
            session.Db.Execute("INSERT INTO edge(run, source, target) VALUES(?1, ?2, ?3)", run.No, source, index);
        return step;
    }

    private static (int, StepStatus?) Find(Session session, RunRow? run, Dictionary<string, int> added, string key, string dependency)
    {
        if (added.TryGetValue(dependency, out var index))
            return (index, null);
        if (run is not null && StepRow.TryLoad(session, run.No, dependency) is { } existing)
            return (existing.Index, existing.State.Status);
        throw Invalid($"step '{key}'", $"a dependency on '{dependency}'", "a step of the run or of the same expansion");
    }

    /// <summary>The group will wait for its new members: one of them that waits for the group, directly or not, would let neither end.</summary>
    private void CheckGroup(Session session, RunRow run, StepRow group, List<(int Index, StepStatus? Status)>[] dependencies)
    {
        // Only these can be waiting for something; a step that is running or ready waits for nothing.
        var suspects = dependencies.SelectMany(list => list)
            .Where(dependency => dependency.Index == group.Index || dependency.Status is StepStatus.Blocked or StepStatus.Expanded)
            .Select(dependency => dependency.Index).ToHashSet();
        if (suspects.Count == 0)
            return;
        var waiting = new HashSet<int> { group.Index };
        var next = new Queue<StepRow>([group]);
        while (next.TryDequeue(out var step))
        {
            if (suspects.Contains(step.Index))
            {
                var guilty = Enumerable.Range(0, Count).First(i => dependencies[i].Any(dependency => dependency.Index == step.Index));
                throw Invalid(
                    $"step '{_specs[guilty].Key}'", $"a dependency on '{step.Key}', which waits for the group '{group.Key}' that the step joins",
                    "a dependency that can end before the group does");
            }

            foreach (var index in step.Parent is { } parent ? Cascade.Dependents(session, step).Append(parent) : Cascade.Dependents(session, step))
            {
                if (waiting.Add(index))
                    next.Enqueue(StepRow.Load(session, run.No, index));
            }
        }
    }

    /// <summary>Peels off steps without open dependencies; what remains is on a cycle or behind one.</summary>
    private void CheckCycles(List<(int Index, StepStatus? Status)>[] dependencies, int first)
    {
        var open = new int[Count];
        var dependents = new List<int>[Count];
        for (var i = 0; i < Count; i++)
        {
            foreach (var (index, _) in dependencies[i].Where(dependency => dependency.Index >= first))
            {
                open[i]++;
                (dependents[index - first] ??= []).Add(i);
            }
        }

        var free = new Queue<int>(Enumerable.Range(0, Count).Where(i => open[i] == 0));
        var peeled = 0;
        while (free.TryDequeue(out var i))
        {
            peeled++;
            foreach (var dependent in dependents[i] ?? [])
            {
                if (--open[dependent] == 0)
                    free.Enqueue(dependent);
            }
        }

        if (peeled < Count)
        {
            var stuck = _specs.Where((_, i) => open[i] > 0).Select(spec => $"'{spec.Key}'").Take(10);
            throw Invalid($"steps {string.Join(", ", stuck)}", "dependencies in a circle", "a direction in which they can be done");
        }
    }

    private static InvalidInputException Invalid(string place, string found, string expected, string? next = null) =>
        new(new Problem(null, null, place, found, expected, next));
}
