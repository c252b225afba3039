using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Ripieno.Models;

namespace Ripieno.Providers.Http;

/// <summary>
/// Stands between the model path and an SDK's client: fills in the model's options, takes nothing for an answer that has not been finished or
/// is larger than anyone can use, and lets no exception through but ours and cancellation.
/// </summary>
/// <param name="endpoint">Where the calls go.</param>
/// <param name="configure">Puts the model's options into a copy of the call's.</param>
/// <param name="inner">The SDK's client.</param>
internal sealed class GuardedChatClient(Endpoint endpoint, Action<ChatOptions> configure, IChatClient inner) : DelegatingChatClient(inner)
{
    /// <summary>Letters of the longest answer taken: 16 MB, the bound on a step's artifacts.</summary>
    public const int LongestAnswer = 16 * 1024 * 1024;

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        try
        {
            var response = await InnerClient.GetResponseAsync(messages, Configured(options), cancellationToken);
            // OllamaSharp ends silently when it is cancelled.
            cancellationToken.ThrowIfCancellationRequested();
            if (response.FinishReason is null)
                throw Unfinished();
            Measure(response.Text.Length);
            return response;
        }
        catch (Exception failure)
        {
            throw Classified(failure, cancellationToken);
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var letters = 0L;
        var finished = false;
        await using var updates = InnerClient.GetStreamingResponseAsync(messages, Configured(options), cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync(updates, cancellationToken))
        {
            letters += updates.Current.Text.Length;
            Measure(letters);
            finished |= updates.Current.FinishReason is not null;
            yield return updates.Current;
        }

        if (!finished)
            throw Unfinished();
    }

    private async ValueTask<bool> NextAsync(IAsyncEnumerator<ChatResponseUpdate> updates, CancellationToken cancellation)
    {
        try
        {
            var more = await updates.MoveNextAsync();
            cancellation.ThrowIfCancellationRequested();
            return more;
        }
        catch (Exception failure)
        {
            throw Classified(failure, cancellation);
        }
    }

    private ChatOptions Configured(ChatOptions? options)
    {
        var configured = options?.Clone() ?? new ChatOptions();
        configure(configured);
        return configured;
    }

    private void Measure(long letters)
    {
        if (letters > LongestAnswer)
            throw ModelFailure.Call(endpoint, $"sent an answer of more than {LongestAnswer / 1024 / 1024} million letters, which no step can keep.");
    }

    private Errors.ModelCallException Unfinished() => ModelFailure.Call(endpoint, "ended its answer before it was finished.");

    /// <summary>Whatever an SDK throws at an answer that it did not expect, the answer was at fault.</summary>
    private Exception Classified(Exception failure, CancellationToken cancellation) => cancellation.IsCancellationRequested
        ? new OperationCanceledException("The model call was cancelled.", failure, cancellation)
        : ModelFailure.Transport(endpoint, failure);
}
