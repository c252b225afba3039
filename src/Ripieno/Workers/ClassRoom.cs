using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Workers;

/// <summary>
/// How many more steps of a class an instance may begin. Claims and reports ask at the same time, and what one of them was told is kept for it until its answer has come: or a bound would be exceeded by as many as ask.
/// </summary>
/// <param name="bounds">Steps of a class at once; a class that is not named has as many as there are slots.</param>
/// <param name="busy">How many are being executed.</param>
internal sealed class ClassRoom(IReadOnlyDictionary<StepClass, int> bounds, Func<StepClass, int> busy)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<StepClass, int> _kept = [];

    /// <summary>Keeps what there is room for.</summary>
    /// <param name="classes">In this order they are asked for.</param>
    /// <param name="most">Of each class.</param>
    /// <param name="leaving">Class of a step whose place becomes free with the answer; null = none does.</param>
    public Kept Keep(IReadOnlyList<StepClass> classes, int most, StepClass? leaving = null)
    {
        var demands = new List<ClassDemand>(classes.Count);
        lock (_lock)
        {
            foreach (var stepClass in classes)
            {
                var room = most;
                if (bounds.TryGetValue(stepClass, out var bound))
                {
                    var kept = _kept.GetValueOrDefault(stepClass);
                    room = Math.Min(most, bound - busy(stepClass) - kept + (stepClass == leaving ? 1 : 0));
                    if (room > 0)
                        _kept[stepClass] = kept + room;
                }

                if (room > 0)
                    demands.Add(new(stepClass, room));
            }
        }

        return new(this, demands);
    }

    private void GiveBack(IReadOnlyList<ClassDemand> demands)
    {
        lock (_lock)
        {
            foreach (var (stepClass, count) in demands)
            {
                if (bounds.ContainsKey(stepClass))
                    _kept[stepClass] -= count;
            }
        }
    }

    /// <summary>Room that is kept until this is disposed of.</summary>
    /// <param name="Demands">Classes that there is room for, and how much.</param>
    public readonly record struct Kept(ClassRoom Owner, IReadOnlyList<ClassDemand> Demands) : IDisposable
    {
        public void Dispose() => Owner.GiveBack(Demands);
    }
}
