using System.Collections.Concurrent;
using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Models;

/// <summary>
/// The way into one provider: first this instance's own concurrency, then an endpoint that is not cooling, then a permit of its limit, which all
/// instances share.
/// </summary>
internal sealed class ProviderLane(IModelProvider provider, IReadOnlyList<Endpoint> endpoints, IStore store, Guid incarnation, TimeProvider time)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    private readonly WeightedGate _gate = new(endpoints.Max(endpoint => endpoint.Concurrency));
    private readonly EndpointState[] _endpoints = [.. endpoints.Select(endpoint => new EndpointState(endpoint, time))];

    /// <summary>Permits that the store did not take back when it was told.</summary>
    private readonly ConcurrentQueue<Guid> _owed = [];

    public IModelProvider Provider => provider;

    /// <summary>Waits for its turn. No endpoint to be asked: <see cref="Unavailable"/> is thrown at once, so that the step frees its slot.</summary>
    public async Task<Admission> EnterAsync(ModelChoice model, TimeSpan longest, IProgress<ModelProgress>? progress, CancellationToken cancellation)
    {
        ThrowIfUnavailable(model);
        progress?.Report(new($"waiting for {provider.Kind}", 0));
        var weight = model.Parallel ? 1 : _gate.Capacity;
        await _gate.EnterAsync(weight, cancellation);
        try
        {
            var pause = ShortestPause;
            while (true)
            {
                ThrowIfUnavailable(model);
                foreach (var endpoint in _endpoints.Where(state => state.Cooling == TimeSpan.Zero && state.Refusal(model) is null).OrderBy(state => (state.InFlight + 1) / state.Endpoint.Weight))
                {
                    if (await TryPermitAsync(endpoint.Endpoint, model, longest, cancellation) is { } permit)
                    {
                        endpoint.Began();
                        return new(this, endpoint, weight, permit);
                    }
                }

                // Another process holds the limit. It tells nobody when it is done, so this asks again, ever less often.
                progress?.Report(new($"waiting for {provider.Kind} (its limit is in use by other processes)", 0));
                await Task.Delay(pause, time, cancellation);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
        catch
        {
            _gate.Leave(weight);
            throw;
        }
    }

    public async ValueTask LeaveAsync(EndpointState endpoint, int weight, Guid permit)
    {
        endpoint.Ended();
        _gate.Leave(weight);
        if (permit != Guid.Empty)
            await GiveBackAsync(permit);
    }

    private async Task GiveBackAsync(Guid permit)
    {
        try
        {
            await store.ReleasePermitAsync(permit, CancellationToken.None);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OutcomeUnknownException)
        {
            // Kept, it would hold the endpoint for as long as a call may last: given back before the next one is asked for.
            _owed.Enqueue(permit);
        }
    }

    /// <summary>Null when the limit is used up; an empty id when the endpoint has none.</summary>
    private async Task<Guid?> TryPermitAsync(Endpoint endpoint, ModelChoice model, TimeSpan longest, CancellationToken cancellation)
    {
        if (endpoint.Limit is not { } limit)
            return Guid.Empty;
        for (var owed = _owed.Count; owed > 0 && _owed.TryDequeue(out var old); owed--)
            await GiveBackAsync(old);
        var permit = Guid.NewGuid();
        var request = new PermitRequest($"endpoint/{endpoint.Name}", limit, model.Parallel ? 1 : limit, incarnation, permit, longest);
        try
        {
            return await store.AcquirePermitAsync(request, cancellation) ? permit : null;
        }
        catch (NotFoundException unknown)
        {
            // The worker announces the instance again; until then the step is handed back, at no cost of an attempt.
            throw new StoreUnavailableException(unknown.Message, unknown);
        }
        catch (Exception exception) when (exception is OperationCanceledException or OutcomeUnknownException)
        {
            await GiveBackAsync(permit);
            throw;
        }
    }

    /// <summary>Why no endpoint can be asked for a model now, and for how long; null when one can.</summary>
    public RipienoException? Unavailable(ModelChoice model)
    {
        var left = _endpoints.Where(state => state.Refusal(model) is null).MinBy(state => state.Cooling);
        if (left is null)
            return _endpoints.Select(state => state.Refusal(model)).OfType<ModelRejectedException>().FirstOrDefault();
        return left.Cooling is var rest && rest > TimeSpan.Zero ? new EndpointUnavailableException(left.Trouble, rest) : null;
    }

    private void ThrowIfUnavailable(ModelChoice model)
    {
        if (Unavailable(model) is { } unavailable)
            throw unavailable;
    }
}

/// <summary>Leave to make one call; given back by disposing it.</summary>
internal sealed record Admission(ProviderLane Lane, EndpointState Endpoint, int Weight, Guid Permit) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Lane.LeaveAsync(Endpoint, Weight, Permit);
}
