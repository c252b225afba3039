using Microsoft.Extensions.Hosting;

namespace Ripieno.Hosting;

/// <summary>Executes steps of all runs for as long as its host runs, or until somebody asks its instance to drain; the host goes on then.</summary>
internal sealed class WorkerService(AgentCoordinator coordinator) : IHostedService
{
    /// <summary>The host's own time for its shutdown ends it earlier.</summary>
    private static readonly TimeSpan LongestGrace = TimeSpan.FromHours(1);

    private Task? _ended;
    private int _isEnding;

    /// <summary>A store that cannot be opened, or an id that is taken, ends the host at its start, with the reason.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await coordinator.Parts.BeginAllAsync(cancellationToken);
        _ended = DrainAsync(coordinator.Parts.DrainAsked);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isEnding, 1) == 0)
            await coordinator.Parts.EndAllAsync(LongestGrace, cancellationToken);
        else if (_ended is not null)
            await _ended.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task DrainAsync(Task asked)
    {
        await asked;
        if (Interlocked.Exchange(ref _isEnding, 1) == 0)
            await coordinator.Parts.EndAllAsync(LongestGrace, CancellationToken.None);
    }
}
