using System.Collections.Concurrent;
using System.Globalization;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.Runs;
using Ripieno.Simulator;
using Ripieno.Storage;

namespace Ripieno.EndToEnd.Tests.Processes;

/// <summary>Worker processes on one store, by instance id, seen from outside through the store alone.</summary>
internal sealed class Fleet(Workspace workspace) : IAsyncDisposable
{
    // Storms start and end several at once.
    private readonly ConcurrentDictionary<string, RipienoProcess> _workers = new(StringComparer.Ordinal);
    private IStore? _store;

    public RipienoProcess this[string instance] => _workers[instance];

    /// <summary>A configuration for workers that call the simulated server, with room for all of them at once.</summary>
    /// <param name="workspace">Where it is written.</param>
    /// <param name="simulator">The server.</param>
    /// <param name="lease">How long an instance may be silent.</param>
    /// <param name="heartbeat">How often it says that it lives.</param>
    /// <param name="maxDeathsAlone">High, because storms kill at random: that must not be the steps' fault.</param>
    /// <param name="queue">On which the steps of <paramref name="agents"/> wait: only instances with such a configuration have these agents.</param>
    /// <param name="file">Name of the file.</param>
    /// <param name="agents">Agents that are moved to the queue, with commas.</param>
    /// <param name="host">Where the server is found; null = where it is for this process.</param>
    /// <param name="limit">Calls of all instances together; null = what the store's kind makes of their slots: on one machine those of one instance.</param>
    /// <param name="standard">More about the standard workflow, as JSON members.</param>
    public static void Configure(
        Workspace workspace, ModelSimulator simulator, string lease, string heartbeat,
        int maxDeathsAlone = 100, string queue = "default", string file = "config/agents.config.json", string agents = "planner,executor,reviewer",
        Uri? host = null, int? limit = null, string? standard = null)
    {
        var moved = string.Join(", ", agents.Split(',').Select(agent => $$"""{ "id": "{{agent}}", "queue": "{{queue}}" }"""));
        var url = host ?? simulator.Url;
        var endpoint = limit is null ? $"\"host\": \"{url}\"" : $$"""  "endpoints": [{ "name": "simulator", "url": "{{url}}", "limit": {{limit}} }] """;
        workspace.Write(file, $$"""
            {
              "runtime": {
                "maxDeathsAlone": {{maxDeathsAlone}},
                "lease": { "duration": "{{lease}}", "heartbeat": "{{heartbeat}}" },
                "ollama": { {{endpoint}}, "concurrency": 32 }
              },
              "agents": [ {{moved}} ],
              // No run may fail by a row of unlucky reviews: here, whatever does not succeed was lost.
              "workflows": { "standard": { "maxRevisions": 20{{(standard is null ? "" : ", " + standard)}} } }
            }
            """);
    }

    /// <summary>Starts a worker and returns once it is registered.</summary>
    public Task StartAsync(string instance, int slots, IReadOnlyDictionary<string, string>? environment = null, params string[] options) =>
        StartAsync(null, instance, slots, environment, options);

    /// <summary>The same through something that stands before the command.</summary>
    public async Task StartAsync(Launcher? launcher, string instance, int slots, IReadOnlyDictionary<string, string>? environment = null, params string[] options)
    {
        var variables = new Dictionary<string, string>(environment ?? new Dictionary<string, string>(), StringComparer.Ordinal) { ["INSTANCE_ID"] = instance };
        var worker = RipienoProcess.Start(launcher, workspace, variables, ["worker", "--concurrency", slots.ToString(CultureInfo.InvariantCulture), .. options.Contains("--store") ? [] : workspace.StoreOptions, .. options]);
        _workers[instance] = worker;
        var store = await StoreAsync();
        await Storms.UntilAsync(
            $"{instance} is registered",
            async () => worker.HasExited || (await store.ListInstancesAsync(CancellationToken.None)).Any(known => known.Id == instance && IsOf(known.Pid, worker)));
        if (worker.HasExited)
            Assert.Fail($"{instance} ended at once: {await worker.WaitAsync()}");
    }

    /// <summary>What stands before the command may not have written the pid yet.</summary>
    private static bool IsOf(int pid, RipienoProcess worker) => worker.IsStarted && worker.Pid == pid;

    /// <summary>SIGKILL, and waits until the process is gone.</summary>
    public async Task<ProcessResult> KillAsync(string instance)
    {
        _workers[instance].Kill();
        return await EndedAsync(instance);
    }

    public async Task<ProcessResult> EndedAsync(string instance)
    {
        _workers.TryRemove(instance, out var worker);
        using (worker)
            return await worker!.WaitAsync();
    }

    /// <summary>Asks all workers to end, and returns what they printed.</summary>
    public async Task<IReadOnlyList<ProcessResult>> StopAllAsync()
    {
        foreach (var worker in _workers.Values)
            worker.Signal("TERM");
        var results = new List<ProcessResult>();
        foreach (var instance in _workers.Keys.ToList())
            results.Add(await EndedAsync(instance));
        return results;
    }

    /// <summary>Steps that the store counts as executing on an instance.</summary>
    public async Task<List<(string Run, StepRecord Step)>> RunningAsync(string instance, IEnumerable<string> runs)
    {
        var store = await StoreAsync();
        var running = new List<(string, StepRecord)>();
        foreach (var run in runs)
        {
            if (await store.FindOverviewAsync(run, CancellationToken.None) is { } overview)
                running.AddRange(overview.Active.Where(step => step.Status == StepStatus.Running && step.Instance == instance).Select(step => (run, step)));
        }

        return running;
    }

    /// <summary>True while a step of one of the runs is ready or being executed.</summary>
    public async Task<bool> HasWorkAsync(IEnumerable<string> runs)
    {
        var store = await StoreAsync();
        foreach (var run in runs)
        {
            if (await store.FindRunAsync(run, CancellationToken.None) is { Status: RunStatus.Running })
                return true;
        }

        return false;
    }

    public async Task<StepRecord> StepAsync(string run, string key) => (await (await StoreAsync()).FindStepAsync(run, key, CancellationToken.None))!;

    public async Task<IReadOnlyList<RunEvent>> EventsAsync(string run) => await (await StoreAsync()).ListEventsAsync(run, 0, 100_000, CancellationToken.None);

    /// <summary>Waits until every run has ended, without doing anything for it.</summary>
    public async Task DrainedAsync(IEnumerable<string> runs)
    {
        var store = await StoreAsync();
        foreach (var run in runs)
            await Storms.UntilAsync($"{run} has ended", async () => await store.FindRunAsync(run, CancellationToken.None) is { Status: not RunStatus.Running });
    }

    public async Task<IStore> StoreAsync() => _store ??= await workspace.OpenStoreAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers.Values)
            worker.Dispose();
        if (_store is not null)
            await _store.DisposeAsync();
    }
}
