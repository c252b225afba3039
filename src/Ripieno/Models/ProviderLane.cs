using System.Collections.Concurrent;
using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Models;

/// <summary>
/// The way into one provider: first this instance's own concurrency, then an endpoint that is left in peace neither here nor by all, then a permit of its limit and rates, which all
/// instances share.
/// </summary>
internal sealed class ProviderLane(IModelProvider provider, IReadOnlyList<EndpointState> endpoints, SharedCoolings coolings, IStore store, Guid incarnation, TimeProvider time)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    /// <summary>What a rate may make a call wait in its slot; if it is longer, the step is parked and the slot is another's.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    /// <summary>How long a permit outlives the call that it covers, at least.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    private readonly WeightedGate _gate = new(endpoints.Max(state => state.Endpoint.Concurrency));
    private readonly ConcurrentDictionary<HeldPermit, Admission> _held = [];

    /// <summary>Permits that the store did not take back when it was told, with what their calls have cost.</summary>
    private readonly ConcurrentQueue<(HeldPermit Permit, int? Tokens)> _owed = [];

    public IModelProvider Provider => provider;

    /// <summary>Waits for its turn. No endpoint to be asked: <see cref="Unavailable"/> is thrown at once, so that the step frees its slot.</summary>
    /// <param name="model">Which is to be asked.</param>
    /// <param name="tokens">What the call may cost.</param>
    /// <param name="longest">How long it may last.</param>
    /// <param name="progress">Told why it waits.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<Admission> EnterAsync(ModelChoice model, int tokens, TimeSpan longest, IProgress<ModelProgress>? progress, CancellationToken cancellation)
    {
        ThrowIfResting(model);
        progress?.Report(new($"waiting for {provider.Kind}", 0));
        var weight = model.Parallel ? 1 : _gate.Capacity;
        await _gate.EnterAsync(weight, cancellation);
        try
        {
            var pause = ShortestPause;
            while (true)
            {
                await coolings.LookAsync(cancellation);
                ThrowIfResting(model);
                TimeSpan? soon = null;
                foreach (var state in endpoints.Where(state => state.Rest == TimeSpan.Zero && state.Refusal(model) is null).OrderBy(state => (state.InFlight + 1) / state.Endpoint.Weight))
                {
                    if (!state.Endpoint.NeedsPermit)
                        return Begin(state, weight, null);
                    var (reply, permit) = await AskAsync(state.Endpoint, model, tokens, longest, cancellation);
                    switch (reply.Outcome)
                    {
                        case PermitOutcome.Given:
                            return Begin(state, weight, permit);
                        case PermitOutcome.Cooling:
                            state.Cool(reply.Wait, reply.Reason ?? "");
                            break;
                        case PermitOutcome.Paced when reply.Wait > Moment:
                            state.Pace(reply.Wait, tokens);
                            break;
                        case PermitOutcome.Paced:
                            soon = soon < reply.Wait ? soon : reply.Wait;
                            break;
                    }
                }

                if (endpoints.All(state => state.Rest > TimeSpan.Zero || state.Refusal(model) is not null))
                    continue;
                // Others hold the limit. They tell nobody when they are done, so this asks again, ever less often.
                progress?.Report(new($"waiting for {provider.Kind} ({(soon is null ? "its limit is in use by other processes" : "its rate is used up")})", 0));
                await Task.Delay(soon is { } known && known > pause ? known : pause, time, cancellation);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
        catch
        {
            _gate.Leave(weight);
            throw;
        }
    }

    public async ValueTask LeaveAsync(Admission admission)
    {
        admission.Endpoint.Ended();
        _gate.Leave(admission.Weight);
        if (admission.Permit is { } permit && _held.TryRemove(permit, out _))
            await GiveBackAsync(permit, admission.Tokens);
    }

    /// <summary>
    /// The instance was silent for longer than its lease. Aborts the calls whose permits have lapsed meanwhile, or whose place was given to others: nobody counts them any more, and with them the endpoint has more than
    /// its limit.
    /// </summary>
    /// <returns>How many.</returns>
    public async Task<int> AbortLapsedAsync(CancellationToken cancellation)
    {
        var held = _held.Keys.ToList();
        if (held.Count == 0)
            return 0;
        var aborted = 0;
        foreach (var lost in await store.KeepPermitsAsync(incarnation, held, cancellation))
        {
            if (!_held.TryRemove(lost, out var admission))
                continue;
            admission.Lapse();
            aborted++;
        }

        return aborted;
    }

    /// <summary>
    /// Tells all instances what a server has asked for. Only what it said itself: a host that cannot be reached from here may be reached from elsewhere, and a pause that was made up here is nobody else's.
    /// </summary>
    /// <returns>The error to pass on, which says for how long to wait.</returns>
    public async Task<EndpointUnavailableException> AwayAsync(EndpointState state, EndpointUnavailableException cause, CancellationToken cancellation)
    {
        var failure = state.Away(cause, out var asked);
        if (asked is not { } rest || !state.Endpoint.SharesCooling)
            return failure;
        try
        {
            await store.CoolLimitAsync(state.Endpoint.LimitName, rest, cause.Message, cancellation);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OutcomeUnknownException)
        {
            // The others will hear it from the server.
        }

        return failure;
    }

    /// <summary>Why no endpoint can be asked for a model now, and for how long; null when one can. Each caller whom a rate makes wait is told a turn of its own.</summary>
    public RipienoException? Unavailable(ModelChoice model) => Resting(model, out var state) is { } resting
        ? state is not null && resting is EndpointUnavailableException { RetryAfter: { } rest } && state.Turn() is var turn && turn > rest
            ? new EndpointUnavailableException(resting.Message, turn)
            : resting
        : null;

    private Admission Begin(EndpointState state, int weight, HeldPermit? permit)
    {
        state.Began();
        var admission = new Admission(this, state, weight, permit);
        if (permit is not null)
            _held[permit] = admission;
        return admission;
    }

    private async Task GiveBackAsync(HeldPermit permit, int? tokens)
    {
        try
        {
            await store.ReleasePermitAsync(permit, tokens, CancellationToken.None);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OutcomeUnknownException)
        {
            // Kept, it would hold the endpoint for as long as a call may last: given back before the next one is asked for.
            _owed.Enqueue((permit, tokens));
        }
    }

    private async Task<(PermitReply Reply, HeldPermit Permit)> AskAsync(Endpoint endpoint, ModelChoice model, int tokens, TimeSpan longest, CancellationToken cancellation)
    {
        for (var owed = _owed.Count; owed > 0 && _owed.TryDequeue(out var old); owed--)
            await GiveBackAsync(old.Permit, old.Tokens);
        var request = new PermitRequest(endpoint.LimitName, endpoint.Limit, model.Parallel ? 1 : endpoint.Limit ?? 1, incarnation, Guid.NewGuid(), longest + Margin)
        {
            RequestsPerMinute = endpoint.RequestsPerMinute,
            TokensPerMinute = endpoint.TokensPerMinute,
            Tokens = tokens,
        };
        try
        {
            return (await store.AcquirePermitAsync(request, cancellation), request.Held);
        }
        catch (NotFoundException unknown)
        {
            // The worker announces the instance again; until then the step is handed back, at no cost of an attempt.
            throw new StoreUnavailableException(unknown.Message, unknown);
        }
        catch (Exception exception) when (exception is OperationCanceledException or OutcomeUnknownException)
        {
            await GiveBackAsync(request.Held, 0);
            throw;
        }
    }

    private RipienoException? Resting(ModelChoice model, out EndpointState? state)
    {
        state = endpoints.Where(one => one.Refusal(model) is null).MinBy(one => one.Rest);
        if (state is null)
            return endpoints.Select(one => one.Refusal(model)).OfType<ModelRejectedException>().FirstOrDefault();
        return state.Rest is var rest && rest > TimeSpan.Zero ? new EndpointUnavailableException(state.Trouble, rest) : null;
    }

    private void ThrowIfResting(ModelChoice model)
    {
        if (Resting(model, out _) is { } resting)
            throw resting;
    }
}
