namespace Ripieno.Redis;

/// <summary>
/// Reports on their way by which an instance may be handed a step. What looks for steps of which the instance knows nothing must not meet them: it would take away what an answer is just bringing.
/// </summary>
internal sealed class FollowUps
{
    /// <summary>How long those under way are waited for: this is done within a heartbeat, and no claim is made meanwhile.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Gate> _gates = [];

    /// <returns>False when somebody is alone with the instance, or waits to be: then the report must go without.</returns>
    public bool Begin(Guid incarnation)
    {
        lock (_lock)
        {
            if (!_gates.TryGetValue(incarnation, out var gate))
                _gates[incarnation] = gate = new();
            if (gate.Empty is not null)
                return false;
            gate.UnderWay++;
            return true;
        }
    }

    public void End(Guid incarnation)
    {
        lock (_lock)
        {
            var gate = _gates[incarnation];
            if (--gate.UnderWay > 0)
                return;
            if (gate.Empty is { } empty)
                empty.TrySetResult();
            else
                _gates.Remove(incarnation);
        }
    }

    /// <summary>Does something while there are none: those that are under way are waited for a moment, and none begins. Nothing when they take longer, or somebody is alone already.</summary>
    public async Task AloneAsync(Guid incarnation, Func<Task> work, CancellationToken cancellation)
    {
        Task empty;
        lock (_lock)
        {
            if (!_gates.TryGetValue(incarnation, out var gate))
                _gates[incarnation] = gate = new();
            if (gate.Empty is not null)
                return;
            gate.Empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (gate.UnderWay == 0)
                gate.Empty.SetResult();
            empty = gate.Empty.Task;
        }

        try
        {
            await empty.WaitAsync(Patience, cancellation);
            await work();
        }
        catch (TimeoutException) when (!empty.IsCompleted)
        {
            // Until the next time.
        }
        finally
        {
            lock (_lock)
            {
                var gate = _gates[incarnation];
                gate.Empty = null;
                if (gate.UnderWay == 0)
                    _gates.Remove(incarnation);
            }
        }
    }

    private sealed class Gate
    {
        public int UnderWay { get; set; }

        /// <summary>Set = closed; it ends when none is under way any more.</summary>
        public TaskCompletionSource? Empty { get; set; }
    }
}
