using Ripieno.Agents;
using Ripieno.Storage;

namespace Ripieno.Callbacks;

/// <summary>
/// Brings a message to its receiver. The one executor that changes something outside of what it returns: it may do so more than once, and receivers know repetitions by the message's id.
/// </summary>
internal sealed class CallbackDeliverStepExecutor(CallbackTargets targets, WebhookSender sender, TimeProvider time) : IStepExecutor
{
    /// <summary>How long a delivery is left to other instances that may carry it out.</summary>
    private static readonly TimeSpan LeftToOthers = TimeSpan.FromMinutes(1);

    private readonly CommandRunner _commands = new(time);

    public string Name => CallbackWorkflow.DeliverExecutor;

    public async Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
    {
        var input = CallbackInput.Read(context.Step.Input);
        var notice = CallbackNotice.Read(await MessageAsync(context, cancellation));
        if (notice.Id is null)
            return new() { Result = new CallbackReceipt(How: null).Write() };
        context.Activity.Show($"telling {input.Address ?? input.Name}");
        var delivery = (targets.Find(input.Name), input.Address) switch
        {
            (CallbackTarget.Webhook webhook, var address) when webhook.For(address) is { } url => await sender.SendAsync(url, webhook.Key, notice, cancellation),
            (CallbackTarget.Command command, null) => await _commands.RunAsync(command, notice, cancellation),
            (null, _) => throw new StepWaitsException($"for a worker that has the callback '{input.Name}'; the configuration of this one has none, or lacks its secret", LeftToOthers),
            _ => throw new StepWaitsException($"for a worker whose callback '{input.Name}' allows {input.Address}", LeftToOthers),
        };
        return delivery.Result switch
        {
            DeliveryResult.Taken => new() { Result = new CallbackReceipt(delivery.How).Write() },
            DeliveryResult.Refused => throw new StepFailedException(delivery.How),
            _ => throw new StepTryFailedException(
                delivery.How, CallbackSchedule.PauseAfter(context.Step.FailedAttempts, Random.Shared.NextDouble(), delivery.RetryAfter)),
        };
    }

    private static async Task<ReadOnlyMemory<byte>> MessageAsync(StepContext context, CancellationToken cancellation)
    {
        var wait = await context.Store.StepAsync(context.RunId, CallbackWorkflow.Wait, cancellation);
        return await context.Store.FindResultAsync(context.RunId, wait.Index, cancellation)
            ?? throw new InvalidDataException($"Run '{context.RunId}' has lost its message.");
    }
}
