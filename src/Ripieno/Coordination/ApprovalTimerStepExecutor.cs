using Ripieno.Agents;
using Ripieno.Agents.Custom;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows.Composing;

namespace Ripieno.Coordination;

/// <summary>Decides an approval when its time is over. Until then it is parked, which costs no slot; whoever decides wakes it.</summary>
internal sealed class ApprovalTimerStepExecutor(TimeProvider time) : IStepExecutor
{
    /// <summary>For the case that whoever decided was gone before the timer was woken. Each look is an event of the run, so they are few.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(10);

    public string Name => WorkflowComposer.ApprovalTimer;

    public async Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
    {
        var gate = WorkUnit.GateOf(context.Step.Key);
        var approval = await context.Store.StepAsync(context.RunId, $"{gate}/{WorkflowComposer.Approval}", cancellation);
        if (approval.Status.IsTerminal)
            return new() { Result = new StepOutcome().Write() };

        var rules = context.Definition.Work!.Approval!;
        var own = await context.Store.StepAsync(context.RunId, context.Step.Key, cancellation);
        var left = (own.StartedAt ?? time.GetUtcNow()) + rules.TimeLimit!.Value - time.GetUtcNow();
        if (left > TimeSpan.Zero)
            throw new StepWaitsException($"'{gate}' waits for approval until {own.StartedAt + rules.TimeLimit.Value:u}: ripieno approve {context.RunId} {gate}", left < Look ? left : Look);
        try
        {
            var note = $"Nobody decided within {Durations.Text(rules.TimeLimit.Value)}.";
            await new Approvals(context.Store, time).DecideAsync(context.RunId, gate, new(rules.ApprovedByDefault, note, "the time limit"), cancellation);
        }
        catch (ConflictException)
        {
            // Somebody was quicker by a moment.
        }

        return new() { Result = new StepOutcome().Write() };
    }
}
