using Ripieno.Configuration;

namespace Ripieno.Workflows.Composing;

/// <summary>Steps that stand beside each other: at the top of a workflow, or inside of a group.</summary>
internal sealed class StepScope
{
    private readonly Dictionary<string, WorkflowStepOptions> _byId = new(StringComparer.Ordinal);

    /// <param name="outer">The steps around the group; null at the top.</param>
    /// <param name="group">The group's step among them.</param>
    /// <param name="definition">The group's definition; null at the top.</param>
    /// <param name="steps">Those in it.</param>
    public StepScope(StepScope? outer, WorkflowStepOptions? group, string? definition, IEnumerable<WorkflowStepOptions> steps)
    {
        (Outer, Group, Definition) = (outer, group, definition);
        foreach (var step in steps)
            _byId.TryAdd(step.Id, step);
        HasItem = outer is { HasItem: true } || group?.ForEach is not null;
    }

    public StepScope? Outer { get; }

    public WorkflowStepOptions? Group { get; }

    public string? Definition { get; }

    /// <summary>Whether all of it is done for an item of a list.</summary>
    public bool HasItem { get; }

    /// <summary>What each waits for, by id; those that it mentions come to those that it names.</summary>
    public Dictionary<string, SortedSet<string>> Waits { get; } = new(StringComparer.Ordinal);

    public IEnumerable<string> Ids => _byId.Keys;

    public bool Has(string id) => _byId.ContainsKey(id);

    public WorkflowStepOptions this[string id] => _byId[id];

    /// <summary>Name of a step's definition.</summary>
    public string NameOf(string id) => Definition is null ? id : $"{Definition}/{id}";

    public void Wait(string id, string other)
    {
        if (!Waits.TryGetValue(id, out var waits))
            Waits.Add(id, waits = new(StringComparer.Ordinal));
        waits.Add(other);
    }

    /// <summary>Steps that wait for each other in a circle, the first once more at the end; null when there is none.</summary>
    public IReadOnlyList<string>? Circle()
    {
        var left = new HashSet<string>(Waits.Keys, StringComparer.Ordinal);
        // Steps that wait for nothing in the set leave it; whoever stays waits in a circle, or for one.
        while (left.RemoveWhere(id => !Waits[id].Any(left.Contains)) > 0)
        {
        }

        if (left.Count == 0)
            return null;
        var path = new List<string>();
        var next = _byId.Keys.First(left.Contains);
        while (!path.Contains(next, StringComparer.Ordinal))
        {
            path.Add(next);
            next = Waits[next].First(left.Contains);
        }

        return [.. path.SkipWhile(id => id != next), next];
    }
}
