using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Ripieno.Errors;

namespace Ripieno.Models;

/// <summary>
/// Asks the models of a chain in order until one can be had: first all endpoints of a model's provider, then the next model. It goes on only while nothing
/// has been answered, and only when a provider is away or refuses for good whatever it is asked; every other failure belongs to the step, whose retries are
/// durable and visible.
/// </summary>
internal sealed class FallbackChatClient(IReadOnlyList<ModelTarget> targets) : IChatClient
{
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var failures = new List<RipienoException>();
        foreach (var target in targets)
        {
            if (failures.Count > 0)
                options?.Witness?.Switched(new(targets[0].Model, target.Model, string.Join(" ", failures.Select(failure => failure.Message).Distinct(StringComparer.Ordinal))));
            await using var answer = new Answer(target, messages, failures.Count > 0 ? For(target.Model, options) : options, cancellationToken);
            if (await answer.BeginAsync() is { } failure)
            {
                failures.Add(failure);
                continue;
            }

            options?.Witness?.Answers(target.Model);
            while (answer.Current is { } update)
            {
                yield return update;
                await answer.NextAsync();
            }

            yield break;
        }

        throw Unavailable(failures);
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    /// <summary>The targets' clients are shared with other chains.</summary>
    public void Dispose()
    {
    }

    private static ChatOptions For(ModelChoice model, ChatOptions? options)
    {
        var own = options?.Clone() ?? new ChatOptions();
        own.ModelId = model.Model;
        own.Temperature = (float)model.Temperature;
        return own;
    }

    /// <summary>As long as one of them may come back, the step can wait for it.</summary>
    private static RipienoException Unavailable(List<RipienoException> failures)
    {
        if (failures is [var only])
            return only;
        var message = string.Join(" ", failures.Select(failure => failure.Message).Distinct(StringComparer.Ordinal));
        var away = failures.OfType<EndpointUnavailableException>().ToList();
        return away.Count > 0
            ? new EndpointUnavailableException(message, away.Min(failure => failure.RetryAfter), away[0])
            : new ModelRejectedException(message, ((ModelRejectedException)failures[0]).Refusal, failures[0]);
    }

    /// <summary>The pieces of an answer; a new stream for every endpoint that is asked until there is a first one.</summary>
    private sealed class Answer(ModelTarget target, IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellation) : IAsyncDisposable
    {
        private IAsyncEnumerator<ChatResponseUpdate>? _updates;

        /// <summary>Null after the last.</summary>
        public ChatResponseUpdate? Current { get; private set; }

        /// <returns>Why the model cannot be had; null when it answers.</returns>
        public async Task<RipienoException?> BeginAsync()
        {
            while (true)
            {
                try
                {
                    _updates = target.Client.GetStreamingResponseAsync(messages, options, cancellation).GetAsyncEnumerator(cancellation);
                    await NextAsync();
                    return null;
                }
                catch (RipienoException failure) when (failure is EndpointUnavailableException or ModelRejectedException { Refusal: not ModelRefusal.Request })
                {
                    await DisposeAsync();
                    // Each failure takes an endpoint out for a while, so this ends.
                    if (target.Lane.Unavailable(target.Model) is { } unavailable)
                        return unavailable;
                }
            }
        }

        public async Task NextAsync() => Current = await _updates!.MoveNextAsync() ? _updates.Current : null;

        public async ValueTask DisposeAsync()
        {
            if (_updates is { } updates)
                await updates.DisposeAsync();
            _updates = null;
        }
    }
}

/// <summary>A model and the way to it.</summary>
internal sealed record ModelTarget(ModelChoice Model, IChatClient Client, ProviderLane Lane);
