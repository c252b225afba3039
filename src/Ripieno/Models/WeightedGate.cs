namespace Ripieno.Models;

/// <summary>A counter of free places, first come, first served. A heavy request is not overtaken for ever by light ones.</summary>
internal sealed class WeightedGate(int capacity)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<(int Weight, TaskCompletionSource Entered)> _queue = [];
    private int _free = capacity;

    public int Capacity { get; } = capacity;

    public async Task EnterAsync(int weight, CancellationToken cancellation)
    {
        LinkedListNode<(int Weight, TaskCompletionSource Entered)> place;
        lock (_lock)
        {
            if (_queue.Count == 0 && _free >= weight)
            {
                _free -= weight;
                return;
            }

            place = _queue.AddLast((weight, new(TaskCreationOptions.RunContinuationsAsynchronously)));
        }

        await using var registration = cancellation.Register(() => Give(place, cancellation));
        await place.Value.Entered.Task;
    }

    public void Leave(int weight)
    {
        lock (_lock)
        {
            _free += weight;
            Admit();
        }
    }

    /// <summary>Leaves the queue, unless it was admitted a moment before.</summary>
    private void Give(LinkedListNode<(int Weight, TaskCompletionSource Entered)> place, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (place.List is null)
                return;
            _queue.Remove(place);
            place.Value.Entered.TrySetCanceled(cancellation);
            Admit();
        }
    }

    private void Admit()
    {
        while (_queue.First is { } first && _free >= first.Value.Weight)
        {
            _queue.RemoveFirst();
            _free -= first.Value.Weight;
            first.Value.Entered.TrySetResult();
        }
    }
}
