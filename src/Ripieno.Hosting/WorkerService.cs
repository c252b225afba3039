using Microsoft.Extensions.Hosting;

namespace Ripieno.Hosting;

/// <summary>Executes steps of all runs for as long as its host runs.</summary>
internal sealed class WorkerService(AgentCoordinator coordinator) : IHostedService
{
    /// <summary>The host's own time for its shutdown ends it earlier.</summary>
    private static readonly TimeSpan LongestGrace = TimeSpan.FromHours(1);

    /// <summary>A store that cannot be opened, or an id that is taken, ends the host at its start, with the reason.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => coordinator.Parts.BeginAllAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => coordinator.Parts.EndAllAsync(LongestGrace, cancellationToken);
}
