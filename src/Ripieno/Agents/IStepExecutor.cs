using Ripieno.Storage;

namespace Ripieno.Agents;

/// <summary>
/// The code behind a step. It may be executed more than once (a killed instance, a lost lease), so it changes nothing outside what it returns.
/// </summary>
internal interface IStepExecutor
{
    /// <summary>The name by which step definitions call it.</summary>
    string Name { get; }

    /// <summary>
    /// Does the work. <see cref="StepFailedException"/> fails the step for good; <see cref="Errors.EndpointUnavailableException"/> and <see cref="StepWaitsException"/> park it;
    /// <see cref="Errors.ModelRejectedException"/> fails it for good; <see cref="StepTryFailedException"/> costs an attempt and says the pause before the next; any other exception costs an attempt and
    /// is retried by the step's policy.
    /// </summary>
    Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation);
}

/// <summary>The step has nothing to do yet: it is parked, at no cost of an attempt, and executed again later.</summary>
internal sealed class StepWaitsException(string message, TimeSpan pause) : Exception(message)
{
    /// <summary>Until it is looked at again.</summary>
    public TimeSpan Pause { get; } = pause;
}

/// <summary>The step has failed and another try would not help; the message says why.</summary>
internal sealed class StepFailedException(string message, Runs.TokenUsage usage = default) : Exception(message)
{
    /// <summary>Tokens spent before it failed.</summary>
    public Runs.TokenUsage Usage { get; } = usage;
}

/// <summary>The try has failed; another follows after a pause of the executor's own choice, as long as the step's policy has tries left.</summary>
internal sealed class StepTryFailedException(string message, TimeSpan pause) : Exception(message)
{
    /// <summary>Before the next try.</summary>
    public TimeSpan Pause { get; } = pause;
}
