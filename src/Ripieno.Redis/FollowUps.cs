namespace Ripieno.Redis;

/// <summary>
/// Reports on their way by which an instance may be handed a step. What looks for steps of which the instance knows nothing must not meet them: it would take away what an answer is just bringing.
/// </summary>
internal sealed class FollowUps
{
    private readonly Lock _lock = new();

    /// <summary>Of each instance how many there are; <see cref="Alone"/> = somebody is alone with it.</summary>
    private readonly Dictionary<Guid, int> _underWay = [];

    private const int Alone = -1;

    /// <returns>False when somebody is alone with the instance: then the report must go without.</returns>
    public bool Begin(Guid incarnation)
    {
        lock (_lock)
        {
            var underWay = _underWay.GetValueOrDefault(incarnation);
            if (underWay == Alone)
                return false;
            _underWay[incarnation] = underWay + 1;
            return true;
        }
    }

    public void End(Guid incarnation)
    {
        lock (_lock)
        {
            if (--_underWay[incarnation] == 0)
                _underWay.Remove(incarnation);
        }
    }

    /// <summary>Does something while there are none; nothing when there are some.</summary>
    public async Task AloneAsync(Guid incarnation, Func<Task> work)
    {
        lock (_lock)
        {
            if (!_underWay.TryAdd(incarnation, Alone))
                return;
        }

        try
        {
            await work();
        }
        finally
        {
            lock (_lock)
                _underWay.Remove(incarnation);
        }
    }
}
