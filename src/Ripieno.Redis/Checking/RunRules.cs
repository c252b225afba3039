using Ripieno.Redis.Values;
using Ripieno.Runs;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Checking;

/// <summary>What must be true of a run: whatever is stored twice agrees.</summary>
internal static class RunRules
{
    /// <summary>Sets that a run stands in by its id.</summary>
    public static readonly string[] Lists = ["runs", "runs:0", "runs:1", "runs:2", "runs:3", "ended:1", "ended:2", "ended:3", "unfinished"];

    public static IEnumerable<string> Broken(RunPicture run) => OfRun(run).Select(problem => $"{run.Id}: {problem}").Concat(OfSteps(run));

    private static IEnumerable<string> OfRun(RunPicture run)
    {
        var value = run.Run.Value;
        var steps = run.Steps.Values.Where(step => !step.Value.IsStaged).ToList();
        if (!run.IsWide && value.Steps != steps.Count)
            yield return "its count of steps is wrong";
        if (!run.IsWide && value.Open != steps.Count(step => !step.Value.State.Status.IsTerminal))
            yield return "its count of open steps is wrong";
        if (!run.IsWide && value.Failed != steps.Count(step => step.Value.State.Status is StepStatus.Failed or StepStatus.DeadLettered))
            yield return "its count of failed steps is wrong";
        if (value.Status == RunStatus.Running != value.Open > 0)
            yield return "it is running although nothing of it is open, or has ended although something is";
        if (value.Status == RunStatus.Running != (value.Finished == 0))
            yield return "it has ended without a time, or is running with one";
        if (value.Events != run.Events)
            yield return "its events have a gap";
        if (run.Counts is { } counts ? !CountsOf(run, steps).SetEquals(counts) : value.Small is null)
            yield return "its counts of steps by status are wrong";
        var listed = run.Lanes.Where(lane => lane.Only is not null && run.Steps.ContainsKey(lane.Only.Value))
            .Select(lane => (RedisValue)Lane.ReadyMember(lane.Class, run.Steps[lane.Only!.Value].Value.Rank, lane.Only.Value)).Concat(run.Ready).ToList();
        if (listed.Count != listed.Distinct().Count() || !Ready(run).Select(step => (RedisValue)Lane.ReadyMember(step.Value.Class, step.Value.Rank, step.Index)).ToHashSet().SetEquals(listed))
            yield return "its list of ready steps does not agree with its steps";
        if (!run.Suspects.SetEquals(Suspects(run)))
            yield return "the suspects do not agree with its steps";
        if (!run.Leases.SetEquals(Places(run, StepStatus.Running, owner: true)))
            yield return "the leases do not agree with its steps";
        if (!run.Waits.SetEquals(Places(run, StepStatus.Waiting, owner: false)))
            yield return "the waiting steps do not agree with its steps";
        var waiting = run.Lanes.Where(lane => lane.IsWaiting).Select(lane => lane.Class).ToHashSet();
        var having = Ready(run).Select(step => step.Value.Class).ToHashSet();
        if (having.Except(waiting).Any() || run.NotInRing.Count > 0)
            yield return "it has ready steps that no claim would find";
        if (waiting.Except(having).Any())
            yield return "claims would look for ready steps that it has not";
        if (!run.Places.SequenceEqual(PlacesOf(run)))
            yield return "the lists of runs do not agree with its status";
    }

    private static IEnumerable<string> OfSteps(RunPicture run)
    {
        var members = run.Steps.Values.Where(step => !step.Value.IsStaged && !step.Value.State.Status.IsTerminal).CountBy(step => step.Value.Parent ?? -1).ToDictionary();
        var dependents = run.Steps.Where(step => !step.Value.Value.IsStaged)
            .SelectMany(step => step.Value.Constants.Dependencies.Select(source => (Source: source, Target: step.Key))).ToLookup(edge => edge.Source, edge => edge.Target);
        // Of a run that is being cancelled nobody counts down any more, and what a wide change has begun is told later.
        var counts = !run.Run.Value.Cancel && !run.IsWide;
        foreach (var (index, step) in run.Steps.Where(step => !step.Value.Value.IsStaged))
        {
            foreach (var problem in OfStep(index, step))
                yield return $"{run.Id} {step.Constants.Key}: {problem}";
        }

        IEnumerable<string> OfStep(int index, RunPicture.StepPicture step)
        {
            var (value, state) = (step.Value, step.Value.State);
            if (counts && state.Status == StepStatus.Blocked && state.Pending != step.Constants.Dependencies.Count(source => IsOpen(run, source)))
                yield return "a step waits for a wrong number of dependencies";
            if (counts && state.Status == StepStatus.Expanded && state.OpenMembers != members.GetValueOrDefault(index))
                yield return "a group counts a wrong number of open members";
            if (state.Status == StepStatus.Running != value.Owner > 0)
                yield return "a step has an owner without running, or runs without one";
            if (state.Status == StepStatus.Waiting != value.Due > 0)
                yield return "a step has a due time without waiting, or waits without one";
            if (state.Status == StepStatus.Waiting && run.Due.GetValueOrDefault(index) != value.Due)
                yield return "a step would become due at another time than its own";
            if (run.NotListedAsDead.Contains(index))
                yield return "a dead-lettered step is not listed as such";
            if (value.Fan != step.Dependents.Count || !step.Dependents.ToHashSet().SetEquals(dependents[index]))
                yield return "a step would tell the wrong dependents of its end";
        }
    }

    private static bool IsOpen(RunPicture run, int index) => !run.Steps.TryGetValue(index, out var step) || step.Value.IsStaged || !step.Value.State.Status.IsTerminal;

    private static HashSet<StepCount> CountsOf(RunPicture run, List<RunPicture.StepPicture> steps) =>
    [
        .. steps.CountBy(step => (step.Value.Definition, step.Value.State.Status))
            .Select(pair => new StepCount(run.Definitions.ElementAtOrDefault(pair.Key.Definition) ?? "", pair.Key.Status, pair.Value)),
    ];

    /// <summary>What claims may hand out. Of a cancelled run nothing, whatever its steps still say.</summary>
    private static IEnumerable<(int Index, StepValue Value)> Ready(RunPicture run) => run.Run.Value.Cancel
        ? []
        : run.Steps.Where(step => step.Value.Is(StepStatus.Ready) && !step.Value.Value.State.IsSuspect).Select(step => (step.Key, step.Value.Value));

    private static IEnumerable<RedisValue> Suspects(RunPicture run) => run.Run.Value.Cancel
        ? []
        : run.Steps.Where(step => step.Value.Is(StepStatus.Ready) && step.Value.Value.State.IsSuspect)
            .Select(step => (RedisValue)Lane.SuspectMember(step.Value.Value.Class, new(run.Id, step.Key)));

    private static IEnumerable<RedisValue> Places(RunPicture run, StepStatus status, bool owner) => run.Steps.Where(step => step.Value.Is(status))
        .Select(step => (RedisValue)(byte[])[.. new Place(run.Id, step.Key).Encode(), .. owner ? new ValueWriter().U4(step.Value.Value.Owner).ToArray() : []]);

    /// <summary>Its scores in <see cref="Lists"/> as they should be. When a wide change began is known only to its own list.</summary>
    private static IEnumerable<double?> PlacesOf(RunPicture run)
    {
        var (value, status) = (run.Run.Value, (int)run.Run.Value.Status);
        yield return value.Seq;
        for (var i = 0; i <= 3; i++)
            yield return i == status ? value.Seq : null;
        for (var i = 1; i <= 3; i++)
            yield return i == status ? value.Finished : null;
        yield return run.IsWide ? run.Places[^1] ?? -1 : null;
    }
}
