using Ripieno.Storage;

namespace Ripieno.Models;

/// <summary>Leave to make one call; given back by disposing it.</summary>
/// <param name="lane">Who gave it.</param>
/// <param name="endpoint">Where to.</param>
/// <param name="weight">Places of the instance's own concurrency.</param>
/// <param name="permit">Of the limit that instances share; null = the endpoint has none.</param>
internal sealed class Admission(ProviderLane lane, EndpointState endpoint, int weight, HeldPermit? permit) : IAsyncDisposable
{
    private readonly CancellationTokenSource _lapse = new();

    public EndpointState Endpoint => endpoint;

    public int Weight => weight;

    public HeldPermit? Permit => permit;

    /// <summary>What the call has cost; null = not known, then what was reserved stays counted.</summary>
    public int? Tokens { get; set; }

    /// <summary>Cancelled when the permit covers the call no longer.</summary>
    public CancellationToken Lapsed => _lapse.Token;

    public void Lapse()
    {
        try
        {
            _lapse.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call ended meanwhile.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await lane.LeaveAsync(this);
        _lapse.Dispose();
    }
}
