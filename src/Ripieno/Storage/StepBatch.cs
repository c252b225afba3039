using System.Collections.Immutable;
using Ripieno.Errors;
using Ripieno.Runs;

namespace Ripieno.Storage;

/// <summary>Steps on their way into a run: what can be looked at without the store, looked at before the store is asked.</summary>
internal sealed class StepBatch
{
    private readonly Dictionary<string, int> _offsets;
    private readonly string[][] _dependencies;

    public StepBatch(ImmutableArray<StepSpec> specs)
    {
        Specs = specs;
        Inputs = [.. specs.Select(spec => PackedContent.Of(spec.Input))];
        _offsets = new(specs.Length, StringComparer.Ordinal);
        for (var i = 0; i < specs.Length; i++)
        {
            if (!_offsets.TryAdd(specs[i].Key, i))
                Problem ??= Twice(specs[i].Key);
        }

        _dependencies = [.. specs.Select(spec => spec.DependsOn.Distinct(StringComparer.Ordinal).ToArray())];
        Outside = [.. _dependencies.SelectMany(keys => keys).Where(key => !_offsets.ContainsKey(key)).Distinct(StringComparer.Ordinal)];
        Problem ??= FindCycle();
    }

    public ImmutableArray<StepSpec> Specs { get; }

    public PackedContent?[] Inputs { get; }

    public int Count => Specs.Length;

    /// <summary>Keys of steps that are not among these and on which some of these depend.</summary>
    public IReadOnlyList<string> Outside { get; }

    /// <summary>A key that is there twice, or a circle; null = neither.</summary>
    public InvalidInputException? Problem { get; }

    /// <summary>Keys of what the <paramref name="i"/>th step depends on, each once.</summary>
    public IReadOnlyList<string> Dependencies(int i) => _dependencies[i];

    /// <summary>Where a key stands among these steps; null = it is outside.</summary>
    public int? OffsetOf(string key) => _offsets.TryGetValue(key, out var offset) ? offset : null;

    public static InvalidInputException Twice(string key) => Invalid($"step '{key}'", "a key that the run has already", "a key of its own");

    public InvalidInputException Unknown(string key) =>
        Invalid($"step '{Guilty(key)}'", $"a dependency on '{key}'", "a step of the run or of the same expansion");

    /// <summary>The group will wait for its new members: one of them that waits for the group, directly or not, would let neither end.</summary>
    public InvalidInputException WaitsForGroup(string key, string group) => Invalid(
        $"step '{Guilty(key)}'", $"a dependency on '{key}', which waits for the group '{group}' that the step joins", "a dependency that can end before the group does");

    public static InvalidInputException TooMany(string runId, int steps, int maxSteps) => Invalid(
        runId, $"{steps} steps", $"at most {maxSteps} (maxSteps)", "Give it less at once, or raise maxSteps of the workflow for the next run.");

    private string Guilty(string key) => Specs.First(spec => spec.DependsOn.Contains(key, StringComparer.Ordinal)).Key;

    /// <summary>Peels off steps without open dependencies; what remains is on a cycle or behind one.</summary>
    private InvalidInputException? FindCycle()
    {
        var open = new int[Count];
        var dependents = new List<int>?[Count];
        for (var i = 0; i < Count; i++)
        {
            foreach (var key in _dependencies[i])
            {
                if (!_offsets.TryGetValue(key, out var source))
                    continue;
                open[i]++;
                (dependents[source] ??= []).Add(i);
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

        if (peeled == Count)
            return null;
        var stuck = Specs.Where((_, i) => open[i] > 0).Select(spec => $"'{spec.Key}'").Take(10);
        return Invalid($"steps {string.Join(", ", stuck)}", "dependencies in a circle", "a direction in which they can be done");
    }

    private static InvalidInputException Invalid(string place, string found, string expected, string? next = null) =>
        new(new Problem(null, null, place, found, expected, next));
}
