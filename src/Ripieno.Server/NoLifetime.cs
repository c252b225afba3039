using Microsoft.Extensions.Hosting;

namespace Ripieno.Server;

/// <summary>Keeps the host's hands off Ctrl-C and SIGTERM, which belong to the worker: it drains first, and the server goes last.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
