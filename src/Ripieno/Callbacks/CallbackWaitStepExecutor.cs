using Ripieno.Agents;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Callbacks;

/// <summary>Waits for the end of a run, parked, and fixes the message that tells of it. Whoever sees the run end wakes it; without that it looks by itself.</summary>
internal sealed class CallbackWaitStepExecutor(TimeProvider time) : IStepExecutor
{
    /// <summary>A run that is not there after this long was never accepted: whoever submitted was gone between the two. Longer than any submitter that comes back.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    /// <summary>Each look is an event of the callback's run and two commits, so they become fewer the longer it waits.</summary>
    private static readonly TimeSpan ShortestLook = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestLook = TimeSpan.FromMinutes(10);

    /// <summary>The run is accepted right after its callbacks.</summary>
    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(5);

    public string Name => CallbackWorkflow.WaitExecutor;

    public async Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
    {
        var input = CallbackInput.Read(context.Step.Input);
        var own = await context.Store.StepAsync(context.RunId, context.Step.Key, cancellation);
        var waited = time.GetUtcNow() - (own.StartedAt ?? time.GetUtcNow());
        var run = await context.Store.FindRunAsync(input.Run, cancellation);
        if (run is null)
        {
            throw waited >= Patience
                ? new StepFailedException($"There is no run '{input.Run}': it was never accepted, or it was deleted before its end was seen.")
                : new StepWaitsException($"until run {input.Run} is accepted", Pause(waited, FirstLook));
        }

        if (run.SnapshotHash.ToString() != input.Snapshot)
            throw new StepFailedException($"Run '{input.Run}' is another run than the one that this callback was made for: somebody else took the id.");
        if (run.Status == RunStatus.Running)
            throw new StepWaitsException($"until run {input.Run} has ended", Pause(waited, ShortestLook));
        if (run.FinishedAt != input.After)
            return new() { Result = CallbackNotice.Of(context.RunId, run).Write() };
        return waited >= Patience
            ? new() { Result = CallbackNotice.Nothing.Write() }
            : throw new StepWaitsException($"until run {input.Run} is reopened and has ended", Pause(waited, FirstLook));
    }

    private static TimeSpan Pause(TimeSpan waited, TimeSpan least)
    {
        var pause = waited / 4;
        return pause < least ? least : pause > LongestLook ? LongestLook : pause;
    }
}
