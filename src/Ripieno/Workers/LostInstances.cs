using Ripieno.Cluster;
using Ripieno.Storage;

namespace Ripieno.Workers;

/// <summary>Instances that this one found dead of late: whoever looks for a killed process finds no registration of it any more.</summary>
internal sealed class LostInstances(TimeProvider time)
{
    /// <summary>Long enough to be seen by somebody who was called, short enough not to be about yesterday.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(15);

    /// <summary>A report has its bounds.</summary>
    private const int Most = 20;

    private readonly Lock _lock = new();
    private readonly LinkedList<LostInstance> _lost = new();

    public void Add(InstanceRecord instance, int steps)
    {
        lock (_lock)
        {
            _lost.AddFirst(new LostInstance(instance.Id, instance.Pid, instance.Host.Split('/')[0], time.GetUtcNow(), steps));
            if (_lost.Count > Most)
                _lost.RemoveLast();
        }
    }

    /// <returns>The last one first.</returns>
    public IReadOnlyList<LostInstance> Recent()
    {
        lock (_lock)
        {
            while (_lost.Last is { } oldest && time.GetUtcNow() - oldest.Value.At > Remembered)
                _lost.RemoveLast();
            return [.. _lost];
        }
    }
}
