using Ripieno.Redis.Values;
using Ripieno.Runs;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Reading;

/// <summary>All steps of a run in memory, for a retry to be planned. Whether the run has moved on since then is for the script that begins the retry to see.</summary>
internal sealed class LoadedSteps : IRetrySteps
{
    private readonly Dictionary<int, StepValue> _steps = [];
    private readonly Dictionary<string, int> _keys = new(StringComparer.Ordinal);
    private readonly ILookup<int, int> _dependents;
    private readonly HashSet<int> _groups;

    public LoadedSteps(IEnumerable<(int Index, StepValue Step, StepConstants Constants)> steps)
    {
        var edges = new List<(int Source, int Target)>();
        foreach (var (index, step, constants) in steps.Where(one => !one.Step.IsStaged))
        {
            _steps.Add(index, step);
            _keys.Add(constants.Key, index);
            edges.AddRange(constants.Dependencies.Select(source => (source, index)));
        }

        _dependents = edges.ToLookup(edge => edge.Source, edge => edge.Target);
        _groups = [.. _steps.Values.Select(step => step.Parent).OfType<int>()];
    }

    /// <param name="db">The server.</param>
    /// <param name="run">The run's hash.</param>
    /// <param name="next">The run's next index.</param>
    public static async Task<LoadedSteps> LoadAsync(IDatabase db, RedisKey run, int next)
    {
        var steps = new List<(int, StepValue, StepConstants)>(next);
        foreach (var chunk in Enumerable.Range(0, next).Chunk(StepReader.Chunk))
        {
            var values = await db.HashGetAsync(
                run, [.. chunk.Select(RunFields.State), .. chunk.Select(RunFields.Constants), RunFields.Changing], CommandFlags.DemandMaster);
            if (values[^1].IsNull)
                break;
            var state = RunValue.Decode(values[^1]);
            for (var i = 0; i < chunk.Length; i++)
            {
                if (state.StepOrNull(chunk[i], values[i]) is { } step)
                    steps.Add((chunk[i], step, StepConstants.Decode(values[chunk.Length + i])));
            }
        }

        return new(steps);
    }

    public StepValue this[int index] => _steps[index];

    public IReadOnlyList<int> Failed() =>
        [.. _steps.Where(one => one.Value.State is { Status: StepStatus.Failed or StepStatus.DeadLettered, BrokenMembers: 0 }).Select(one => one.Key)];

    public IReadOnlyList<int> Stopped() => [.. _steps.Where(one => StepMoves.IsStopped(one.Value.State)).Select(one => one.Key)];

    public int? Find(string key) => _keys.TryGetValue(key, out var index) ? index : null;

    public StepState State(int index) => _steps[index].State;

    public int? Parent(int index) => _steps[index].Parent;

    public bool IsGroup(int index) => _groups.Contains(index);

    public IEnumerable<int> Dependents(int index) => _dependents[index];
}
