using Ripieno.Callbacks;
using Ripieno.Coordination;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Tests.Workers;
using Ripieno.Workers;
using Ripieno.Workflows;

namespace Ripieno.Tests.Callbacks;

/// <summary>Runs with callbacks on virtual time: workers that deliver to a receiver of the test's own, and runs of one step that the test scripts.</summary>
internal sealed class CallbackScene : IAsyncDisposable
{
    private readonly WebhookSender _sender;

    private CallbackScene(WorkerScene scene)
    {
        Scene = scene;
        Coordinator = new(scene.Store, scene.Time);
        _sender = new(scene.Time, Receiver);
    }

    public WorkerScene Scene { get; }

    public FakeReceiver Receiver { get; } = new();

    public RunCoordinator Coordinator { get; }

    public static async Task<CallbackScene> OpenAsync() => new(await WorkerScene.OpenAsync());

    /// <summary>A run of one step <c>work</c>, which <see cref="WorkerScene.Executor"/> executes.</summary>
    public static RunRequest Request(string id, params CallbackOrder[] callbacks) => new()
    {
        Id = id,
        Snapshot = new()
        {
            Workflow = new() { Name = "test", Steps = [new() { Name = "work", Executor = "work", Work = new() }] },
            Agents = [],
            MaxRevisions = 0,
            Callbacks = [.. callbacks],
        },
    };

    public Task<RunReceipt> SubmitAsync(string id) => Coordinator.StartAsync(Request(id, new CallbackOrder("ci")), default);

    /// <summary>A worker for everything, with the callbacks named.</summary>
    public Task<Worker> StartAsync(string id = "one", params string[] callbacks)
    {
        var targets = CallbackTargets.None with
        {
            Targets = CallbackTargets.None.Targets.AddRange((callbacks.Length == 0 ? ["ci"] : callbacks).Select(
                name => KeyValuePair.Create<string, CallbackTarget>(name, new CallbackTarget.Webhook(new("https://ci.example.com/hooks"), Below: name == "below", Key: null)))),
        };
        var options = Scene.Options(slots: 2) with { Classes = [WorkerScene.Work, CallbackWorkflow.WaitClass, .. targets.Classes] };
        return Scene.StartAsync(options, id, [Scene.Executor, new CallbackWaitStepExecutor(Scene.Time), new CallbackDeliverStepExecutor(targets, _sender, Scene.Time)]);
    }

    /// <summary>Until a step waits, so that nothing is under way.</summary>
    public Task<StepRecord> WaitsAsync(string run, string key = CallbackWorkflow.Wait) => Scene.StepBecomesAsync(run, key, step => step.Status == StepStatus.Waiting);

    public async Task<CallbackState> StateAsync(string run) => Assert.Single(await StatesAsync(run));

    public async Task<IReadOnlyList<CallbackState>> StatesAsync(string run) =>
        await Coordinator.CallbacksAsync((await Scene.Store.FindRunAsync(run, default))!, default);

    public async ValueTask DisposeAsync()
    {
        await Scene.DisposeAsync();
        _sender.Dispose();
        Receiver.Dispose();
    }
}
