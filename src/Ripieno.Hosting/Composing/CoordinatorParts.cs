using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Ripieno.Backlogs;
using Ripieno.Configuration;
using Ripieno.Coordination;
using Ripieno.Diagnostics;
using Ripieno.Documents;
using Ripieno.Errors;
using Ripieno.Providers;
using Ripieno.Storage;
using Ripieno.Workers;
using Ripieno.Workflows;

namespace Ripieno.Hosting;

/// <summary>What an <see cref="AgentCoordinator"/> works with: its configuration, the store (opened when first needed), and one worker for all that it executes.</summary>
internal sealed partial class CoordinatorParts : IAsyncDisposable
{
    private static readonly string[] UsualBacklogs = ["backlog.md", "backlog.json"];

    private readonly ProgramParts _program;
    private readonly string _instanceId;
    private readonly ILoggerFactory _logging;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _opening = new(1);

    /// <summary>Held while a worker hands back: the store must not be closed under it.</summary>
    private readonly SemaphoreSlim _ending = new(1);

    private readonly RunSelection _runs = new();
    private CancellationTokenSource _stopPruning = new();
    private IStore? _store;
    private WorkerParts? _worker;
    private bool _isDisposed;

    /// <summary>Calls that use the worker; the last to go ends it.</summary>
    private int _users;

    private CoordinatorParts(LoadedConfiguration configuration, ProgramParts program, string instanceId, JsonSerializerOptions json, ILoggerFactory logging, TimeProvider time)
    {
        Configuration = configuration;
        Json = json;
        (_program, _instanceId, _logging, _time) = (program, instanceId, logging, time);
    }

    public LoadedConfiguration Configuration { get; }

    public JsonSerializerOptions Json { get; }

    public TimeProvider Time => _time;

    /// <summary>Ends when somebody asks the worker that is at work now to drain.</summary>
    public Task DrainAsked => Volatile.Read(ref _worker)?.Worker.DrainAsked ?? Task.CompletedTask;

    /// <exception cref="InvalidInputException">The config, or what the code brings, is wrong.</exception>
    public static CoordinatorParts Of(string? configPath, AgentCoordinatorBuilder builder, IServiceProvider? services)
    {
        var configuration = ConfigurationLoader.Load(configPath, builder.Overrides, Directory.GetCurrentDirectory(), Environment.GetEnvironmentVariable, builder.Layer);
        var time = services?.GetService<TimeProvider>() ?? TimeProvider.System;
        var logging = builder.Logging ?? services?.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
        return new(configuration, builder.Program(services), builder.InstanceId ?? configuration.Options.Runtime.Instance ?? AnyInstance(), builder.Json, logging, time);
    }

    public async ValueTask<IStore> StoreAsync(CancellationToken cancellation)
    {
        if (Volatile.Read(ref _store) is { } open && !Volatile.Read(ref _isDisposed))
            return open;
        await _opening.WaitAsync(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(AgentCoordinator));
            return _store ??= await Stores.OpenAsync(Configuration, mustExist: false, _time, _logging.CreateLogger("Ripieno.Redis"), cancellation);
        }
        finally
        {
            _opening.Release();
        }
    }

    public async ValueTask<RunCoordinator> CoordinatorAsync(CancellationToken cancellation) => new(await StoreAsync(cancellation), _time);

    public async ValueTask<Approvals> ApprovalsAsync(CancellationToken cancellation) => new(await StoreAsync(cancellation), _time);

    public async Task<RunRecord?> FindAsync(string runId, CancellationToken cancellation) => await (await StoreAsync(cancellation)).FindRunAsync(runId, cancellation);

    /// <exception cref="NotFoundException">No such run.</exception>
    public async Task<(IStore Store, RunSnapshot Snapshot)> SnapshotAsync(string runId, CancellationToken cancellation)
    {
        var store = await StoreAsync(cancellation);
        var run = (await new RunCoordinator(store, _time).OverviewAsync(runId, cancellation)).Run;
        var stored = await store.FindSnapshotAsync(run.SnapshotHash, cancellation) ?? throw new StoreDamagedException($"The snapshot of run {runId} is missing");
        return (store, RunSnapshots.Read(stored));
    }

    /// <exception cref="EndpointUnavailableException">Something is missing without which the run could not begin.</exception>
    public async Task CheckEndpointsAsync(RunSnapshot snapshot, CancellationToken cancellation)
    {
        using var providers = ModelProviders.Create(Configuration.Options, _time);
        var seen = await Preflight.CheckAsync(snapshot, Configuration.Endpoints, providers.ByKind, _time, cancellation);
        if (seen.Missing.Count > 0)
            throw new EndpointUnavailableException(string.Join(" ", seen.Missing));
    }

    /// <exception cref="InvalidInputException">It is no backlog.</exception>
    public Backlog Backlog(object? given)
    {
        switch (given)
        {
            case null:
                var usual = UsualBacklogs.Select(Configuration.Absolute).FirstOrDefault(File.Exists) ?? throw new InvalidInputException(
                    new Problem(null, null, "backlog", $"none, and no {string.Join(" or ", UsualBacklogs)} in {Configuration.ProjectFolder}", "a file, a text, or objects with \"title\""));
                return BacklogReader.ReadFile(Path.GetFileName(usual), usual);
            case string text when !text.Contains('\n', StringComparison.Ordinal) && text.TrimStart() is not ['[' or '{', ..]:
                return BacklogReader.ReadArgument(text, Configuration.ProjectFolder, () => Stream.Null);
            case string text:
                return Titled(BacklogReader.Read(new SourceText(null, text), null, ""));
            default:
                return Titled(BacklogReader.Read(new SourceText(null, JsonSerializer.Serialize(given, given.GetType(), Json)), BacklogFormat.Json, ""));
        }
    }

    /// <summary>A backlog without a title is called by what is in it: in a list of runs all would look alike.</summary>
    private static Backlog Titled(Backlog backlog) => backlog.Title.Length > 0
        ? backlog
        : backlog with { Title = backlog.Entries[0].Title + (backlog.Entries.Length > 1 ? $" and {backlog.Entries.Length - 1} more" : "") };

    public RunInput Input(object given) => RunInput.Of(given is JsonElement json ? json : JsonSerializer.SerializeToElement(given, given.GetType(), Json));

    /// <summary>Executes steps of one run, until what it returns is disposed.</summary>
    public async Task<IAsyncDisposable> WorkOnAsync(string runId, CancellationToken cancellation)
    {
        var (_, snapshot) = await SnapshotAsync(runId, cancellation);
        var classes = WorkerParts.ClassesOf(snapshot, _program, Configuration);
        var worker = await EnterAsync(() => _runs.Add(runId, classes), () => _runs.Remove(runId), cancellation);
        return new Part(async () =>
        {
            if (_runs.Remove(runId))
                worker.Worker.HandBack(runId);
            await LeaveAsync(TimeSpan.Zero, CancellationToken.None);
        });
    }

    /// <summary>Begins to execute steps of all runs.</summary>
    public async Task BeginAllAsync(CancellationToken cancellation)
    {
        var isFirst = false;
        var worker = await EnterAsync(() => isFirst = _runs.TakeAny(true), () => _runs.TakeAny(false), cancellation);
        if (!isFirst)
            return;
        _stopPruning = new();
        var pruning = new HourlyPruning(await StoreAsync(cancellation), Retention.Of(Configuration.Options.Runtime.Retention), _time, _logging.CreateLogger<HourlyPruning>());
        // Not awaited at the end: it reports its own failures, and a store that hangs must not hold up a worker that stops.
        _ = pruning.RunAsync(_stopPruning.Token);
        LogWorking(_logging.CreateLogger<AgentCoordinator>(), worker.Instance.Id, worker.Instance.Slots, Configuration.StoreLocation);
    }

    /// <summary>Ceases to: steps under way may finish, the rest is handed back.</summary>
    /// <param name="grace">For steps under way.</param>
    /// <param name="hurry">Ends the grace.</param>
    public async Task EndAllAsync(TimeSpan grace, CancellationToken hurry)
    {
        if (_runs.TakeAny(false))
            await _stopPruning.CancelAsync();
        await LeaveAsync(grace, hurry);
    }

    public async ValueTask DisposeAsync()
    {
        await _opening.WaitAsync();
        _isDisposed = true;
        _opening.Release();
        await _ending.WaitAsync();
        try
        {
            if (Interlocked.Exchange(ref _worker, null) is { } worker)
                await worker.DisposeAsync();
            if (_store is not null)
                await _store.DisposeAsync();
        }
        finally
        {
            _ending.Release();
        }
    }

    /// <summary>Four letters, because one process may have several coordinators.</summary>
    private static string AnyInstance() => $"{Environment.MachineName}-{Environment.ProcessId}-{RandomNumberGenerator.GetString("bcdfghjkmnpqrstvwxz", 4)}";

    private async Task<WorkerParts> EnterAsync(Action select, Action undo, CancellationToken cancellation)
    {
        var store = await StoreAsync(cancellation);
        // A worker that is handing back still holds the instance's id.
        await _ending.WaitAsync(cancellation);
        await _opening.WaitAsync(CancellationToken.None);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(AgentCoordinator));
            select();
            if (_worker is null)
            {
                var around = Logging(new(store, _program, _instanceId, _time, _logging.CreateLogger<Worker>()));
                var parts = WorkerParts.ForAll(Configuration, _runs, Environment.GetEnvironmentVariable, around);
                try
                {
                    await parts.Worker.StartAsync(cancellation);
                }
                catch
                {
                    undo();
                    await parts.DisposeAsync();
                    throw;
                }

                _worker = parts;
            }

            _users++;
            return _worker;
        }
        finally
        {
            _opening.Release();
            _ending.Release();
        }
    }

    /// <summary>What the worker logs about runs goes into the store too, so that <c>ripieno logs</c> shows it from any machine.</summary>
    private WorkerSurroundings Logging(WorkerSurroundings around)
    {
        if (!Configuration.Options.Runtime.LogsInStore)
            return around;
        var ids = new LogIds();
        var writer = new RunLogWriter(around.Store, ids, _instanceId, _time, text => LogLoss(around.Log!, text));
        return around with { Log = new RunLogger<Worker>(around.Log!, writer, ids, _instanceId, _time), RunLogs = writer };
    }

    private async Task LeaveAsync(TimeSpan grace, CancellationToken hurry)
    {
        await _ending.WaitAsync(CancellationToken.None);
        try
        {
            await _opening.WaitAsync(CancellationToken.None);
            var last = --_users == 0 ? Interlocked.Exchange(ref _worker, null) : null;
            _opening.Release();
            if (last is null)
                return;
            await last.Worker.StopAsync(grace, hurry);
            await last.DisposeAsync();
        }
        finally
        {
            _ending.Release();
        }
    }

    [LoggerMessage(LogLevel.Information, "instance {Instance} takes steps of all runs: {Slots} slots, store {Store}")]
    private static partial void LogWorking(ILogger log, string instance, int slots, string store);

    [LoggerMessage(LogLevel.Warning, "{Loss}")]
    private static partial void LogLoss(ILogger log, string loss);

    private sealed class Part(Func<Task> end) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await end();
    }
}
