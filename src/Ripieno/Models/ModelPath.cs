using System.Collections.Concurrent;
using Microsoft.Extensions.AI;
using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Models;

/// <summary>The way of model calls from agents to endpoints. One lane for each provider, one chat client for each model, made when first asked for.</summary>
internal sealed class ModelPath : IDisposable
{
    /// <summary>How long a step is left to instances that have its provider before this one looks at it again.</summary>
    private static readonly TimeSpan LeftToOthers = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, ProviderLane> _lanes;
    private readonly ConcurrentDictionary<ModelChoice, IChatClient> _clients = [];
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
        _lanes = endpoints.GroupBy(endpoint => endpoint.Provider, StringComparer.Ordinal).Where(group => providers.ContainsKey(group.Key))
            .ToDictionary(group => group.Key, group => new ProviderLane(providers[group.Key], [.. group], store, incarnation, time), StringComparer.Ordinal);
    }

    /// <summary>The client for a model. Not the caller's to dispose.</summary>
    /// <exception cref="EndpointUnavailableException">This instance has no endpoint of that provider; another may have, so nothing is wrong with the step.</exception>
    public IChatClient ClientFor(ModelChoice model) => _clients.GetOrAdd(model, choice => _lanes.TryGetValue(choice.Provider, out var lane)
        ? new LimitedChatClient(lane, choice, _limits, _time)
        : throw new EndpointUnavailableException(
            $"The run asks for provider '{choice.Provider}', and this instance's configuration has no endpoint of it. Add runtime.{choice.Provider}, or start a worker that has it.",
            LeftToOthers));

    public void Dispose()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
    }
}
