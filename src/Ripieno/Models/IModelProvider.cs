using Microsoft.Extensions.AI;

namespace Ripieno.Models;

/// <summary>
/// A kind of service that serves models. A provider makes clients and looks at endpoints; it never retries, waits or limits:
/// that is the model path's business, in one place for all providers.
/// </summary>
internal interface IModelProvider
{
    /// <summary>The name in config: one of <see cref="Configuration.ProviderKind"/>.</summary>
    string Kind { get; }

    /// <summary>
    /// How long a look at an endpoint may take before it counts as away. 5 s: a healthy server answers within milliseconds, one that computes on all its cores may need seconds, and a run that is refused because
    /// of that is worse than a wait. A server that does not run refuses the connection at once.
    /// </summary>
    TimeSpan Patience => TimeSpan.FromSeconds(5);

    /// <summary>
    /// Asks the endpoint for its version and models. Never throws for a server that is away or answers nonsense: the report says so.
    /// </summary>
    Task<EndpointReport> ProbeAsync(Endpoint endpoint, CancellationToken cancellation);

    /// <summary>True when the endpoint has the model in memory, false when a call must load it first, null when the kind cannot tell.</summary>
    Task<bool?> IsLoadedAsync(Endpoint endpoint, string model, CancellationToken cancellation);

    /// <summary>
    /// A client for one model of one endpoint. Its calls throw <see cref="Errors.EndpointUnavailableException"/> (refused connection, 429, 503),
    /// <see cref="Errors.ModelCallException"/> (5xx, broken or truncated stream, nonsense body) or <see cref="Errors.ModelRejectedException"/>
    /// (401, 403, 404 model not found, 410, other 4xx), and nothing else but cancellation.
    /// </summary>
    IChatClient CreateClient(Endpoint endpoint, ModelChoice model);
}
