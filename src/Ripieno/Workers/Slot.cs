using Ripieno.Agents;
using Ripieno.Storage;

namespace Ripieno.Workers;

/// <summary>One step in execution.</summary>
internal sealed class Slot(ClaimedStep step, StepActivity activity) : IDisposable
{
    private readonly CancellationTokenSource _abort = new();
    private int _reason;

    public ClaimedStep Step => step;

    public StepActivity Activity => activity;

    /// <summary>Cancelled when the step must stop, for <see cref="Reason"/>.</summary>
    public CancellationToken Aborted => _abort.Token;

    public AbortReason Reason => (AbortReason)Volatile.Read(ref _reason);

    /// <summary>Name of the run's workflow; <c>unknown</c> until its snapshot was read.</summary>
    public string Workflow { get; set; } = "unknown";

    /// <summary>Set when the slot's task has ended.</summary>
    public Task Ended { get; set; } = Task.CompletedTask;

    /// <summary>The first reason counts.</summary>
    public void Abort(AbortReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)AbortReason.None) != (int)AbortReason.None)
            return;
        try
        {
            _abort.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The step ended between the caller's look and this call.
        }
    }

    public void Dispose() => _abort.Dispose();
}

/// <summary>Why a step is stopped from outside.</summary>
internal enum AbortReason
{
    None,

    /// <summary>Another instance has the step: drop everything, report nothing.</summary>
    LeaseLost,

    /// <summary>The run was cancelled: hand the step back, the store ends it.</summary>
    RunCancelled,

    /// <summary>The worker stops: hand the step back.</summary>
    Stopping,
}
