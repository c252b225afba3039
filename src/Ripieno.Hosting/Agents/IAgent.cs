namespace Ripieno;

/// <summary>
/// An agent that is code: it does steps of workflows, or reviews them. A step may be executed more than once (a killed process, a lost lease), so it changes nothing outside of what it returns, or does so in
/// a way that may be repeated; <see cref="AgentCall.RunId"/> and <see cref="AgentCall.StepKey"/> together are the same each time.
/// </summary>
/// <typeparam name="TInput">
/// What a step's <c>input</c> is read as, a JSON object with its names; of a step without <c>input</c> its <c>prompt</c>. A text that is nothing but one placeholder (<c>{{item}}</c>) is the value
/// itself, so numbers and lists stay what they are. Of a review: the work.
/// </typeparam>
/// <typeparam name="TOutput">The step's result, written as JSON; a string is a text. Of a review: <see cref="ReviewVerdict"/>.</typeparam>
public interface IAgent<in TInput, TOutput>
{
    /// <summary>
    /// Does the work. Whatever it throws fails the try, and the step's retry policy decides what follows; <see cref="AgentCall.Fail"/> fails the step for good.
    /// </summary>
    /// <param name="input">The step's data.</param>
    /// <param name="call">Which step, its texts, a model, files.</param>
    /// <param name="cancellation">Cancelled when the run is cancelled, the program stops, the lease is lost, or the step's time limit is over.</param>
    Task<TOutput> ExecuteAsync(TInput input, AgentCall call, CancellationToken cancellation);
}
