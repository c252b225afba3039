using Ripieno.Coordination;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Tests.Workers.Storms;

/// <summary>Submits a run, cancels or retries it, and sees it end: repeats what it got no clear answer to, as a user would.</summary>
internal sealed class StormClient(WorkerScene scene, IStore store)
{
    private readonly RunCoordinator _coordinator = new(store, scene.Time);

    /// <summary>Executions begun of each step of a run at the moment when its cancellation was acknowledged.</summary>
    public IReadOnlyDictionary<string, long>? BegunWhenCancelled { get; private set; }

    public async Task FollowAsync(StormRun run)
    {
        await UntilClearAsync(() => scene.SubmitAsync(store, run.Id, run.Steps));
        if (run.Cancels)
        {
            while (!(await StepsAsync(run)).Any(step => step.Status == StepStatus.Running))
                await PauseAsync();
            await UntilClearAsync(() => _coordinator.CancelAsync(run.Id, CancellationToken.None));
            BegunWhenCancelled = (await StepsAsync(run)).ToDictionary(step => step.Key, step => step.Epoch, StringComparer.Ordinal);
        }

        if (await EndAsync(run) == RunStatus.Failed)
        {
            await UntilClearAsync(() => RetryAsync(run));
            await EndAsync(run);
        }
    }

    private async Task RetryAsync(StormRun run)
    {
        try
        {
            await _coordinator.RetryAsync(run.Id, [], CancellationToken.None);
        }
        catch (ConflictException)
        {
            // An earlier one whose answer got lost has reopened it.
            Assert.Contains(await StepsAsync(run), step => step.Generation == 2);
        }
    }

    private async Task<RunStatus> EndAsync(StormRun run)
    {
        while (true)
        {
            if ((await scene.Store.FindRunAsync(run.Id, CancellationToken.None))!.Status is var status and not RunStatus.Running)
                return status;
            await PauseAsync();
        }
    }

    private Task<IReadOnlyList<StepRecord>> StepsAsync(StormRun run) => scene.Store.ListStepsAsync(run.Id, -1, 10_000, CancellationToken.None);

    private Task PauseAsync() => Task.Delay(TimeSpan.FromMilliseconds(500), scene.Time);

    private async Task UntilClearAsync(Func<Task> operation)
    {
        while (true)
        {
            try
            {
                await operation();
                return;
            }
            catch (Exception exception) when (exception is StoreUnavailableException or OutcomeUnknownException)
            {
                await PauseAsync();
            }
        }
    }
}
