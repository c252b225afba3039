using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Ripieno.Errors;

namespace Ripieno.Models;

/// <summary>
/// Chat client for one model of one provider: waits for its turn, tells how far the call is, and ends calls that have stopped moving. It never
/// repeats a call: failed calls go back to the step, whose retries are durable and visible.
/// </summary>
internal sealed class LimitedChatClient(ProviderLane lane, ModelChoice model, ModelCallLimits limits, TimeProvider time) : IChatClient
{
    /// <summary>Whoever has the place now should not be disturbed at once.</summary>
    private static readonly TimeSpan AfterLapse = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Endpoint, IChatClient> _clients = [];

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var progress = options?.Progress;
        var asked = messages as IReadOnlyCollection<ChatMessage> ?? [.. messages];
        Admission entered;
        using (options?.Witness?.Waits())
            entered = await lane.EnterAsync(model, TokenReserve.Of(asked, model, options), limits.Total, progress, cancellationToken);
        await using var admission = entered;
        var endpoint = admission.Endpoint;
        var client = _clients.GetOrAdd(endpoint.Endpoint, static (at, self) => self.Lane.Provider.CreateClient(at, self.Model), (Lane: lane, Model: model));
        using var silence = new CancellationTokenSource(limits.FirstToken, time);
        using var total = new CancellationTokenSource(limits.Total, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token, total.Token, admission.Lapsed);
        var answering = new Answering();
        progress?.Report(new($"{model.Model} is reading", 0));
        var loading = progress is null ? Task.CompletedTask : ShowLoadingAsync(endpoint.Endpoint, answering, progress, stop.Token);
        try
        {
            await using var updates = client.GetStreamingResponseAsync(asked, options, stop.Token).GetAsyncEnumerator(stop.Token);
            while (await NextAsync(updates, admission, answering, silence.Token, total.Token, cancellationToken))
            {
                silence.CancelAfter(limits.BetweenTokens);
                answering.Add(updates.Current);
                progress?.Report(new($"{model.Model} is writing", answering.Tokens));
                yield return updates.Current;
            }

            admission.Tokens = answering.Usage ?? TokenReserve.Prompt(asked) + answering.Estimate;
        }
        finally
        {
            // However the call ends: the display's questions end with it.
            await stop.CancelAsync();
            await loading;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
    }

    private async Task<bool> NextAsync(
        IAsyncEnumerator<ChatResponseUpdate> updates,
        Admission admission,
        Answering answering,
        CancellationToken silence,
        CancellationToken total,
        CancellationToken caller)
    {
        var endpoint = admission.Endpoint;
        try
        {
            var any = await updates.MoveNextAsync();
            endpoint.Answered();
            return any;
        }
        catch (EndpointUnavailableException away)
        {
            // Refused, so nothing was computed.
            if (answering.Tokens == 0)
                admission.Tokens = 0;
            throw await lane.AwayAsync(endpoint, away, caller);
        }
        catch (ModelRejectedException rejected)
        {
            if (answering.Tokens == 0)
                admission.Tokens = 0;
            endpoint.Refused(model, rejected);
            throw;
        }
        catch (Exception) when (!caller.IsCancellationRequested && admission.Lapsed.IsCancellationRequested)
        {
            throw new EndpointUnavailableException(
                $"The call of {model.Model} at {endpoint.Endpoint.Name} was aborted: this instance was silent for longer than its lease, and its place at the endpoint was given to another.", AfterLapse);
        }
        catch (OperationCanceledException) when (!caller.IsCancellationRequested && silence.IsCancellationRequested)
        {
            var limit = answering.Tokens == 0 ? limits.FirstToken : limits.BetweenTokens;
            throw new ModelCallException($"{model.Model} at {endpoint.Endpoint.Name} sent nothing for {Durations.Text(limit)}.");
        }
        catch (OperationCanceledException) when (!caller.IsCancellationRequested && total.IsCancellationRequested)
        {
            throw new ModelCallException($"{model.Model} at {endpoint.Endpoint.Name} took longer than {Durations.Text(limits.Total)}.");
        }
    }

    /// <summary>Asks beside the call whether the model must be loaded first: that takes long, and people should see why nothing comes.</summary>
    private async Task ShowLoadingAsync(Endpoint endpoint, Answering answering, IProgress<ModelProgress> progress, CancellationToken stop)
    {
        try
        {
            while (await lane.Provider.IsLoadedAsync(endpoint, model.Model, stop) == false && answering.Tokens == 0)
            {
                progress.Report(new($"loading {model.Model}", 0));
                await Task.Delay(TimeSpan.FromSeconds(2), time, stop);
            }

            if (answering.Tokens == 0 && !stop.IsCancellationRequested)
                progress.Report(new($"{model.Model} is reading", 0));
        }
        catch (Exception exception) when (exception is RipienoException or OperationCanceledException)
        {
            // Only a display.
        }
    }

    private sealed class Answering
    {
        private int _letters;

        /// <summary>Pieces so far.</summary>
        public int Tokens { get; private set; }

        /// <summary>What the server says that the call has cost.</summary>
        public int? Usage { get; private set; }

        public int Estimate => (_letters + 3) / 4;

        public void Add(ChatResponseUpdate update)
        {
            Tokens++;
            _letters += update.Text.Length;
            foreach (var usage in update.Contents.OfType<UsageContent>())
                Usage = (int)Math.Min(int.MaxValue, usage.Details.TotalTokenCount ?? (usage.Details.InputTokenCount ?? 0) + (usage.Details.OutputTokenCount ?? 0));
        }
    }
}
