using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Workers;

/// <summary>
/// Which of the instances that want to make room for a fresh process may do so now: one at a time in a store. The turn is a permit of the instance, so it is free as soon as its registration ends, or when it
/// dies on the way.
/// </summary>
/// <param name="store">Gives the turn.</param>
/// <param name="incarnation">Who wants it.</param>
/// <param name="grace">How long draining may take.</param>
/// <param name="time">Its clock.</param>
internal sealed class RecyclingTurn(IStore store, Guid incarnation, TimeSpan grace, TimeProvider time)
{
    private const string Limit = "recycling";

    /// <summary>An instance that waits asks so often.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private readonly Guid _permit = Guid.NewGuid();
    private long? _asked;

    public async Task<bool> IsOursAsync(CancellationToken cancellation)
    {
        if (_asked is { } last && time.GetElapsedTime(last) < Pace)
            return false;
        _asked = time.GetTimestamp();
        try
        {
            return (await store.AcquirePermitAsync(new(Limit, 1, 1, incarnation, _permit, grace + TimeSpan.FromMinutes(1)), cancellation)).Outcome == PermitOutcome.Given;
        }
        catch (Exception exception) when (exception is RipienoException or OperationCanceledException)
        {
            // A store that is away is no reason to leave; it is asked again.
            return false;
        }
    }
}
