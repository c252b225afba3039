using Ripieno.Errors;
using Ripieno.Hosting;

namespace Ripieno;

/// <summary>
/// Starts, executes, watches and controls runs on one store. A process may have several, each with a config, a store and slots of its own. Its methods may be called from any thread at once.
/// </summary>
/// <remarks>
/// What was accepted is durable: when the process dies, another one on the same store (a coordinator, or <c>ripieno worker</c>) goes on with it. Disposing a coordinator hands back what it
/// executes, at once and at no cost of a try.
/// </remarks>
public sealed partial class AgentCoordinator : IAsyncDisposable
{
    private readonly CoordinatorParts _parts;
    private readonly CancellationTokenSource _disposed = new();

    internal AgentCoordinator(CoordinatorParts parts) => _parts = parts;

    internal CoordinatorParts Parts => _parts;

    /// <summary>The folder that relative paths of the config start from.</summary>
    public string ProjectFolder => _parts.Configuration.ProjectFolder;

    /// <summary>Where the store is: the file, or the address without user and password.</summary>
    public string StoreLocation => _parts.Configuration.StoreLocation;

    /// <summary>
    /// Reads and checks a config, with what the program brings in code. The store is opened, and made if need be, by the first operation that needs it, or by <see cref="ConnectAsync"/>.
    /// </summary>
    /// <param name="configPath">The config file; null = <c>config/agents.config.json</c> in the current folder or one above it, else built-in defaults.</param>
    /// <param name="configure">Agents, workflows and overrides in code; null = none.</param>
    /// <exception cref="InvalidInputException">Something is wrong with the config, or with what the code brings; holds every problem, each with its place.</exception>
    public static AgentCoordinator Open(string? configPath = null, Action<AgentCoordinatorBuilder>? configure = null)
    {
        var builder = new AgentCoordinatorBuilder();
        configure?.Invoke(builder);
        return new(CoordinatorParts.Of(configPath, builder, services: null));
    }

    /// <summary>Opens the store now, so that a program finds out at its start whether it can.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be opened; the message says why and what to do.</exception>
    public async Task ConnectAsync(CancellationToken cancellation = default) => await _parts.StoreAsync(cancellation);

    /// <summary>Hands back what it executes, and closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed.IsCancellationRequested)
            return;
        await _disposed.CancelAsync();
        await _parts.DisposeAsync();
    }
}
