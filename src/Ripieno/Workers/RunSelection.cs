using Ripieno.Runs;

namespace Ripieno.Workers;

/// <summary>The runs of which a worker takes steps. May be changed at any time; the worker sees it at its next claim.</summary>
internal sealed class RunSelection
{
    /// <summary>No run is called so.</summary>
    public const string Nothing = "(none)";

    private readonly Lock _lock = new();

    /// <summary>Claims of single runs in one round; the others have their turn in the next.</summary>
    private const int MostInTurn = 100;

    private List<(string RunId, IReadOnlyList<StepClass> Classes)> _runs = [];

    /// <summary>How many want steps of any run.</summary>
    private int _any;

    public bool IsAny
    {
        get
        {
            lock (_lock)
                return _any > 0;
        }
    }

    /// <summary>Of any run, what the worker can execute at all.</summary>
    public static RunSelection Any() => new() { _any = 1 };

    /// <summary>Of one run.</summary>
    public static RunSelection Only(string runId) => new() { _runs = [(runId, [])] };

    /// <summary>Of runs whose ids match, which <see cref="Set"/> names from time to time.</summary>
    /// <param name="patterns">Empty = of any run.</param>
    public static RunSelection Of(IReadOnlyList<string> patterns) => patterns.Count == 0 ? Any() : new() { Patterns = new(patterns) };

    /// <summary>Null = the runs were named one by one, or it is any.</summary>
    public RunPatterns? Patterns { get; private init; }

    /// <summary>Which runs these are, for people: patterns, or ids as many as a list may have. Empty = any; <see cref="Nothing"/> alone = none at the moment.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_lock)
            {
                if (_any > 0)
                    return [];
                IReadOnlyList<string> names = Patterns?.Patterns ?? [.. _runs.Select(run => run.RunId).Distinct(StringComparer.Ordinal).Take(MostInTurn)];
                return names.Count > 0 ? names : [Nothing];
            }
        }
    }

    /// <summary>Puts these in place of all.</summary>
    public void Set(IReadOnlyList<string> runIds)
    {
        lock (_lock)
        {
            // Those that are known keep their turn.
            var wanted = runIds.ToHashSet(StringComparer.Ordinal);
            var kept = _runs.Where(run => wanted.Remove(run.RunId)).ToList();
            _runs = [.. kept, .. runIds.Where(wanted.Contains).Select(run => (run, (IReadOnlyList<StepClass>)[]))];
        }
    }

    /// <summary>What to claim, one after the other; a null run is any. A worker that takes any run needs no second claim for one of them.</summary>
    /// <param name="all">Classes that the worker can execute, for runs that name none.</param>
    public IReadOnlyList<(string? RunId, IReadOnlyList<StepClass> Classes)> Next(IReadOnlyList<StepClass> all)
    {
        lock (_lock)
        {
            if (_any > 0)
                return [(null, all)];
            // Each run is the first in its turn: the free slots may not be enough for all.
            var turn = _runs.Count > MostInTurn ? MostInTurn : 1;
            if (_runs.Count > 1)
                _runs = [.. _runs.Skip(turn), .. _runs.Take(turn)];
            return [.. _runs.DistinctBy(run => run.RunId, StringComparer.Ordinal).Take(MostInTurn).Select(run => ((string?)run.RunId, run.Classes.Count > 0 ? run.Classes : all))];
        }
    }

    /// <summary>What to take of one run; nothing when nobody wants it.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="all">As for <see cref="Next"/>.</param>
    public IReadOnlyList<StepClass> Of(string runId, IReadOnlyList<StepClass> all)
    {
        lock (_lock)
        {
            if (_any > 0)
                return all;
            var wanted = _runs.Find(run => run.RunId == runId);
            return wanted.RunId is null ? [] : wanted.Classes.Count > 0 ? wanted.Classes : all;
        }
    }

    /// <summary>Once more for each who wants the run executed: two callers may want the same.</summary>
    public void Add(string runId, IReadOnlyList<StepClass> classes)
    {
        lock (_lock)
            _runs = [.. _runs, (runId, classes)];
    }

    /// <returns>True when nobody wants it any more.</returns>
    public bool Remove(string runId)
    {
        lock (_lock)
        {
            var index = _runs.FindIndex(run => run.RunId == runId);
            if (index >= 0)
                _runs = [.. _runs.Take(index), .. _runs.Skip(index + 1)];
            return _any == 0 && !_runs.Exists(run => run.RunId == runId);
        }
    }

    /// <summary>Begins to take steps of any run, or ceases to when as many have ended as have begun.</summary>
    /// <returns>True when this changed it.</returns>
    public bool TakeAny(bool any)
    {
        lock (_lock)
        {
            _any += any ? 1 : -1;
            return _any == (any ? 1 : 0);
        }
    }
}
