using System.Collections.Concurrent;
using Microsoft.Extensions.AI;
using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Models;

/// <summary>The way of model calls from agents to endpoints. One lane for each provider, one chat client for each model and each chain of models, made when first asked for.</summary>
internal sealed class ModelPath : IDisposable
{
    /// <summary>How long a step is left to instances that have its provider before this one looks at it again.</summary>
    private static readonly TimeSpan LeftToOthers = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, ProviderLane> _lanes;
    private readonly ConcurrentDictionary<ModelChoice, IChatClient> _clients = [];
    private readonly ConcurrentDictionary<ModelChoice, IChatClient> _chains = [];
    private readonly ModelCallLimits _limits;
    private readonly TimeProvider _time;

    /// <param name="endpoints">All endpoints of the configuration.</param>
    /// <param name="providers">Providers by kind.</param>
    /// <param name="store">Keeps the permits of limits that instances share.</param>
    /// <param name="incarnation">Holder of those permits.</param>
    /// <param name="time">Clock of pauses and time limits.</param>
    /// <param name="limits">Time limits of a call; null = the defaults.</param>
    public ModelPath(
        IReadOnlyList<Endpoint> endpoints,
        IReadOnlyDictionary<string, IModelProvider> providers,
        IStore store,
        Guid incarnation,
        TimeProvider time,
        ModelCallLimits? limits = null)
    {
        _limits = limits ?? ModelCallLimits.Default;
        _time = time;
        var states = endpoints.Select(endpoint => new EndpointState(endpoint, time)).ToList();
        var coolings = new SharedCoolings(states, store, time);
        _lanes = states.GroupBy(state => state.Endpoint.Provider, StringComparer.Ordinal).Where(group => providers.ContainsKey(group.Key))
            .ToDictionary(group => group.Key, group => new ProviderLane(providers[group.Key], [.. group], coolings, store, incarnation, time), StringComparer.Ordinal);
    }

    /// <summary>The client for a model and its fallbacks, as far as this instance has endpoints for them. Not the caller's to dispose.</summary>
    /// <exception cref="EndpointUnavailableException">This instance has no endpoint of the model's provider; another may have, so nothing is wrong with the step.</exception>
    public IChatClient ClientFor(ModelChoice model) => _chains.GetOrAdd(model, choice => _lanes.ContainsKey(choice.Provider)
        ? new FallbackChatClient([.. choice.Chain.Where(one => _lanes.ContainsKey(one.Provider)).Select(Target)])
        : throw new EndpointUnavailableException(
            $"The run asks for provider '{choice.Provider}', and this instance has no endpoint of it. Configure runtime.{choice.Provider}, set the variables that it names, or start a worker that has them.",
            LeftToOthers));

    /// <summary>The instance was silent for longer than its lease: aborts the calls that nobody counts any more.</summary>
    /// <returns>How many.</returns>
    public async Task<int> AbortLapsedAsync(CancellationToken cancellation)
    {
        var aborted = 0;
        foreach (var lane in _lanes.Values)
            aborted += await lane.AbortLapsedAsync(cancellation);
        return aborted;
    }

    private ModelTarget Target(ModelChoice model)
    {
        var own = model with { Fallback = null };
        var lane = _lanes[own.Provider];
        return new(own, _clients.GetOrAdd(own, choice => new LimitedChatClient(lane, choice, _limits, _time)), lane);
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
    }
}
