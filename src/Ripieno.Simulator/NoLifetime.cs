using Microsoft.Extensions.Hosting;

namespace Ripieno.Simulator;

/// <summary>Keeps the host's hands off Ctrl-C and SIGTERM, which belong to the process that the simulator lives in.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
