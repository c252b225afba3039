using Ripieno.Agents;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Workers;

/// <summary>Executes one claimed step and turns whatever happens into a report. The one place where failures are classified.</summary>
internal sealed class StepExecution(IStore store, IReadOnlyDictionary<string, IStepExecutor> executors, Snapshots snapshots, TimeProvider time)
{
    /// <summary>How long a step is put aside when its endpoint did not say how long it will be away.</summary>
    private static readonly TimeSpan DefaultParking = TimeSpan.FromSeconds(5);

    public async Task<StepReport> ExecuteAsync(Slot slot)
    {
        StepDefinition? definition = null;
        TimeLimit? limit = null;
        var model = "";
        try
        {
            slot.Aborted.ThrowIfCancellationRequested();
            var snapshot = await snapshots.GetAsync(slot.Step.SnapshotHash, slot.Aborted);
            slot.Workflow = snapshot.Workflow.Name;
            definition = snapshot.Workflow.Step(slot.Step.Definition);
            if (!executors.TryGetValue(definition.Executor, out var executor))
                throw new StepFailedException($"This version of Ripieno has no executor '{definition.Executor}'.");
            model = snapshot.ModelOf(definition);
            limit = new(definition.TimeLimit, time);
            slot.Activity.OnWait = limit.Suspend;
            using var either = CancellationTokenSource.CreateLinkedTokenSource(slot.Aborted, limit.Over);
            var context = new StepContext { Step = slot.Step, Snapshot = snapshot, Definition = definition, Store = store, Activity = slot.Activity };
            var completion = await executor.ExecuteAsync(context, either.Token);
            ContentLimits.Check(completion);
            return new StepReport.Completed(completion with { Model = Answered(slot, model), Fallback = slot.Activity.Fallback });
        }
        catch (Exception) when (slot.Aborted.IsCancellationRequested)
        {
            // Whatever it says: a connection cut by the abortion is no failure of the step.
            return slot.Reason == AbortReason.LeaseLost ? new StepReport.Dropped() : new StepReport.Released();
        }
        catch (EndpointUnavailableException away)
        {
            return new StepReport.Parked(time.GetUtcNow() + (away.RetryAfter ?? DefaultParking), away.Message);
        }
        catch (StepWaitsException waits)
        {
            return new StepReport.Parked(time.GetUtcNow() + waits.Pause, waits.Message);
        }
        catch (StepFailedException failed)
        {
            return new StepReport.Failed(new(failed.Message, null, failed.Usage, Answered(slot, model)));
        }
        catch (StepTryFailedException failed)
        {
            return Retry(slot, definition!.Retry, model, failed.Message, failed.Pause);
        }
        catch (Exception exception) when (exception is ModelRejectedException or InvalidInputException)
        {
            return new StepReport.Failed(new(exception.Message, null, default, Answered(slot, model)));
        }
        catch (OperationCanceledException) when (limit is { Over.IsCancellationRequested: true })
        {
            return Retry(slot, definition!.Retry, model, $"It took longer than its time limit of {Durations.Text(definition.TimeLimit)}.");
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OutcomeUnknownException)
        {
            return new StepReport.Released();
        }
        catch (Exception exception)
        {
            // An executor may throw anything; one bad step must not end the worker, and the reason belongs to its run.
            return Retry(slot, definition?.Retry ?? RetryPolicy.Default, model, Describe(exception));
        }
        finally
        {
            limit?.Dispose();
        }
    }

    /// <summary>Ripieno's own errors are written for people; others need their kind to be understood.</summary>
    public static string Describe(Exception exception) =>
        exception is RipienoException ? exception.Message : $"{exception.GetType().Name}: {exception.Message}";

    /// <summary>What was asked, which need not be what the run chose.</summary>
    private static string Answered(Slot slot, string model) => slot.Activity.Model?.Name ?? model;

    /// <param name="slot">Where the try failed.</param>
    /// <param name="policy">How many there are, and how far apart.</param>
    /// <param name="model">What did the work.</param>
    /// <param name="reason">Why it failed.</param>
    /// <param name="pause">Before the next, where the executor knows better; null = as the policy says.</param>
    private StepReport.Failed Retry(Slot slot, RetryPolicy policy, string model, string reason, TimeSpan? pause = null)
    {
        model = Answered(slot, model);
        var failedAttempts = slot.Step.FailedAttempts + 1;
        return policy.DelayAfter(failedAttempts, Random.Shared.NextDouble()) is { } delay
            ? new(new(reason, time.GetUtcNow() + (pause ?? delay), default, model))
            : new(new(policy.MaxAttempts > 1 ? $"{reason} ({failedAttempts} attempts)" : reason, null, default, model));
    }
}

/// <summary>What an execution came to.</summary>
internal abstract record StepReport
{
    public sealed record Completed(StepCompletion Completion) : StepReport;

    public sealed record Failed(StepFailure Failure) : StepReport;

    public sealed record Parked(DateTimeOffset Until, string Reason) : StepReport;

    public sealed record Released : StepReport;

    /// <summary>Nothing is reported: the step is another's.</summary>
    public sealed record Dropped : StepReport;
}
