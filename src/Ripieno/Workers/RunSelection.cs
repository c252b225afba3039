using Ripieno.Runs;

namespace Ripieno.Workers;

/// <summary>The runs of which a worker takes steps. May be changed at any time; the worker sees it at its next claim.</summary>
internal sealed class RunSelection
{
    private readonly Lock _lock = new();
    private List<(string RunId, IReadOnlyList<StepClass> Classes)> _runs = [];
    private bool _any;

    public bool IsAny
    {
        get
        {
            lock (_lock)
                return _any;
        }
    }

    /// <summary>Of any run, what the worker can execute at all.</summary>
    public static RunSelection Any() => new() { _any = true };

    /// <summary>Of one run.</summary>
    public static RunSelection Only(string runId) => new() { _runs = [(runId, [])] };

    /// <summary>What to claim, one after the other; a null run is any. A worker that takes any run needs no second claim for one of them.</summary>
    /// <param name="all">Classes that the worker can execute, for runs that name none.</param>
    public IReadOnlyList<(string? RunId, IReadOnlyList<StepClass> Classes)> Next(IReadOnlyList<StepClass> all)
    {
        lock (_lock)
        {
            if (_any)
                return [(null, all)];
            // Each run is the first in its turn: the free slots may not be enough for all.
            if (_runs.Count > 1)
                _runs = [.. _runs.Skip(1), _runs[0]];
            return [.. _runs.Select(run => ((string?)run.RunId, run.Classes.Count > 0 ? run.Classes : all))];
        }
    }

    public void Add(string runId, IReadOnlyList<StepClass> classes)
    {
        lock (_lock)
            _runs = [.. _runs.Where(run => run.RunId != runId), (runId, classes)];
    }

    public void Remove(string runId)
    {
        lock (_lock)
            _runs = [.. _runs.Where(run => run.RunId != runId)];
    }

    /// <summary>Begins or ceases to take steps of any run.</summary>
    public void TakeAny(bool any)
    {
        lock (_lock)
            _any = any;
    }
}
