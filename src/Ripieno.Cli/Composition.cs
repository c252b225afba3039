using Microsoft.Extensions.Logging;
using Ripieno.Cli.Grammar;
using Ripieno.Configuration;
using Ripieno.Coordination;
using Ripieno.Diagnostics;
using Ripieno.Errors;
using Ripieno.Hosting;
using Ripieno.Storage;
using Ripieno.Workers;
using Ripieno.Workflows;

namespace Ripieno.Cli;

/// <summary>Puts together what a command works with: configuration, log, store, coordinator and, for those that execute, a worker.</summary>
internal sealed class Composition : IAsyncDisposable
{
    private readonly Stack<object> _parts = new();
    private readonly Invocation _invocation;

    private Composition(Invocation invocation, LoadedConfiguration configuration, IStore store)
    {
        _invocation = invocation;
        Configuration = configuration;
        Store = Own(store);
        Coordinator = new(store, invocation.Time);
    }

    public LoadedConfiguration Configuration { get; }

    public IStore Store { get; }

    public RunCoordinator Coordinator { get; }

    /// <summary>Loads the configuration, and warns of a password that everybody can read.</summary>
    public static LoadedConfiguration Read(Invocation invocation, CommonSettings common, CommandLineOverrides overrides)
    {
        var configuration = ConfigurationLoader.Load(common.Config, overrides with { Store = common.Store }, invocation.Folder, invocation.Variable);
        WarnOfPassword(invocation, common, configuration);
        return configuration;
    }

    /// <summary>Says so when a password stands where every user of the machine can read it.</summary>
    public static void WarnOfPassword(Invocation invocation, CommonSettings common, LoadedConfiguration configuration)
    {
        if (!common.Quiet && configuration.Options.Runtime.Store.Redis.Address is { Password: not null })
            invocation.Terminal.Error.WriteLine($"ripieno: warning: {ConfigurationFindings.PasswordOnCommandLine(configuration)}");
    }

    /// <summary>The same, and begins to log in the project.</summary>
    public static LoadedConfiguration Load(Invocation invocation, CommonSettings common, CommandLineOverrides? overrides = null)
    {
        var configuration = Read(invocation, common, overrides ?? CommandLineOverrides.None);
        var instance = configuration.Options.Runtime.Instance ?? $"{Environment.MachineName}-{Environment.ProcessId}";
        invocation.Log = new LogFile(configuration.Absolute(configuration.Options.Runtime.Logs), instance, invocation.Time);
        return configuration;
    }

    /// <summary>Opens the store that the configuration names.</summary>
    /// <param name="mustExist">True for commands that only look: they make no store as a side effect.</param>
    /// <exception cref="NotFoundException">There is no store and none is to be made.</exception>
    public static async Task<Composition> OpenAsync(
        Invocation invocation, LoadedConfiguration configuration, bool mustExist, CancellationToken cancellation) =>
        new(invocation, configuration, await Stores.OpenAsync(configuration, mustExist, invocation.Time, invocation.Logger("Ripieno.Redis"), cancellation));

    public static Task<Composition> OpenAsync(Invocation invocation, CommonSettings common, CancellationToken cancellation) =>
        OpenAsync(invocation, Load(invocation, common), mustExist: true, cancellation);

    /// <summary>The snapshot that a run was accepted with.</summary>
    public async Task<RunSnapshot> SnapshotAsync(RunRecord run, CancellationToken cancellation) =>
        await Store.FindSnapshotAsync(run.SnapshotHash, cancellation) is { } stored
            ? RunSnapshots.Read(stored)
            : throw new StoreDamagedException($"The snapshot of run {run.Id} is missing from the store at {Store.Description.Location}");

    /// <summary>Before anything is accepted: a run that this process was to execute would otherwise be there, and be executed by others, although the command has failed.</summary>
    /// <exception cref="ConflictException">A live instance has the id that the configuration gives this one.</exception>
    public async Task RefuseUsedIdAsync(CancellationToken cancellation)
    {
        if (Configuration.Options.Runtime.Instance is not { } id)
            return;
        var instances = await Store.ListInstancesAsync(cancellation);
        if (instances.FirstOrDefault(one => one.Id == id && !one.IsSilent && ProcessIdentity.MayLive(one, Store.Description.OneMachine)) is { } other)
            throw Refusals.InstanceIdInUse(id, other.Pid, other.Host);
    }

    /// <summary>A worker for one run, with the providers that its snapshot names, whatever the configuration says now.</summary>
    public (Worker Worker, InstanceRecord Instance) WorkerFor(string runId, RunSnapshot snapshot)
    {
        LogIntoStore();
        return Owned(WorkerParts.ForRun(Configuration, runId, snapshot, _invocation.Variable, Surroundings()));
    }

    /// <summary>A worker for any run whose agents the configuration knows.</summary>
    public (Worker Worker, InstanceRecord Instance) WorkerForAll()
    {
        LogIntoStore();
        return Owned(WorkerParts.ForAll(Configuration, RunSelection.Of(Configuration.Options.Runtime.Runs), _invocation.Variable, Surroundings()));
    }

    /// <summary>Deletes ended runs as the configuration says, hour by hour.</summary>
    public HourlyPruning Pruning() =>
        new(Store, Retention.Of(Configuration.Options.Runtime.Retention), _invocation.Time, _invocation.Logger(nameof(HourlyPruning)));

    /// <summary>The configuration with the snapshot's providers in place of the agents' own.</summary>
    public LoadedConfiguration For(RunSnapshot snapshot) => WorkerParts.For(Configuration, snapshot, _invocation.Variable);

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            if (part is IAsyncDisposable disposable)
                await disposable.DisposeAsync();
            else
                (part as IDisposable)?.Dispose();
        }
    }

    /// <summary>Whoever executes steps brings what it logs about their runs into the store, until it ends. After the worker, before the store.</summary>
    private void LogIntoStore()
    {
        if (_invocation.Log is not { } log || !Configuration.Options.Runtime.LogsInStore)
            return;
        var writer = Own(new RunLogWriter(Store, log.Ids, log.Instance, _invocation.Time, text => log.Add(LogLevel.Warning, run: null, step: null, text, exception: null)));
        log.Added = writer.Add;
    }

    private WorkerSurroundings Surroundings() =>
        new(Store, ProgramParts.None, Configuration.Options.Runtime.Instance, _invocation.Time, _invocation.Log?.CreateLogger<Worker>());

    private (Worker Worker, InstanceRecord Instance) Owned(WorkerParts parts)
    {
        Own(parts);
        return (parts.Worker, parts.Instance);
    }

    private T Own<T>(T part) where T : class
    {
        _parts.Push(part);
        return part;
    }
}
