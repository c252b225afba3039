using Microsoft.Extensions.AI;
using Ripieno.Configuration;
using Ripieno.Models;

namespace Ripieno.Providers.Simulated;

/// <summary>Models that exist in this process only: no server, no network, the same answers for the same seed.</summary>
/// <param name="options">Seed, latency and share of revisions.</param>
/// <param name="models">Names that it says are installed; a call for any other name is answered too.</param>
/// <param name="time">What latency is measured by.</param>
internal sealed class SimulatedProvider(ProviderOptions options, IReadOnlyList<string> models, TimeProvider time) : IModelProvider
{
    public string Kind => "simulated";

    public Task<EndpointReport> ProbeAsync(Endpoint endpoint, CancellationToken cancellation) =>
        Task.FromResult(new EndpointReport(
            endpoint, Reachable: true, $"seed {options.Seed}", [.. models.Select(name => new InstalledModel(name, Size: null))], Failure: null));

    public Task<bool?> IsLoadedAsync(Endpoint endpoint, string model, CancellationToken cancellation) => Task.FromResult<bool?>(true);

    public IChatClient CreateClient(Endpoint endpoint, ModelChoice model) =>
        new SimulatedChatClient(model.Model, model.Seed is { } seed ? options with { Seed = seed } : options, time);
}
