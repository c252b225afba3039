namespace Ripieno.Backlogs;

/// <summary>Finds circles of dependencies without recursion: a backlog may be a chain of many thousands.</summary>
internal static class BacklogCycles
{
    /// <summary>One circle for each group of entries that wait for each other, in the order of waiting.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> Of(IReadOnlyList<IReadOnlyList<int>> dependencies)
    {
        var cycles = new List<IReadOnlyList<int>>();
        var state = new State[dependencies.Count];
        for (var start = 0; start < dependencies.Count; start++)
        {
            if (state[start] == State.New)
                Walk(start, dependencies, state, cycles);
        }

        return cycles;
    }

    private static void Walk(int start, IReadOnlyList<IReadOnlyList<int>> dependencies, State[] state, List<IReadOnlyList<int>> cycles)
    {
        var path = new List<(int Entry, int Next)> { (start, 0) };
        state[start] = State.OnPath;
        while (path.Count > 0)
        {
            var (entry, next) = path[^1];
            if (next == dependencies[entry].Count)
            {
                state[entry] = State.Done;
                path.RemoveAt(path.Count - 1);
                continue;
            }

            path[^1] = (entry, next + 1);
            var on = dependencies[entry][next];
            if (state[on] == State.OnPath)
            {
                cycles.Add([.. path.SkipWhile(step => step.Entry != on).Select(step => step.Entry)]);
            }
            else if (state[on] == State.New)
            {
                state[on] = State.OnPath;
                path.Add((on, 0));
            }
        }
    }

    private enum State
    {
        New,
        OnPath,
        Done,
    }
}
