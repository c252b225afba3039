using System.Threading.Channels;
using Ripieno.Errors;

namespace Ripieno.Redis;

/// <summary>
/// Sends things of one kind to a script. Those that come while others are on their way wait for them and then share one call: the more there are, the less each costs. While few come, each goes at once.
/// </summary>
internal sealed class Combined<T, TAnswer> : IAsyncDisposable
{
    /// <summary>Calls on their way at once: while one is executed another is read and a third is put together.</summary>
    private const int Calls = 3;

    private readonly int _most;
    private readonly long _mostWeight;
    private readonly Func<IReadOnlyList<T>, Task<IReadOnlyList<TAnswer>>> _call;
    private readonly Channel<Waiting> _waiting = Channel.CreateUnbounded<Waiting>();
    private readonly Task[] _senders;

    /// <param name="most">Things in one call.</param>
    /// <param name="mostWeight">Their weights together, but for the last one. With <paramref name="most"/> it bounds how long the script holds the server.</param>
    /// <param name="call">Calls the script, which answers something for each.</param>
    public Combined(int most, long mostWeight, Func<IReadOnlyList<T>, Task<IReadOnlyList<TAnswer>>> call)
    {
        (_most, _mostWeight, _call) = (most, mostWeight, call);
        _senders = [.. Enumerable.Range(0, Calls).Select(_ => Task.Run(SendAsync))];
    }

    /// <returns>The script's answer.</returns>
    public Task<TAnswer> AddAsync(T thing, long weight)
    {
        var waiting = new Waiting(thing, weight);
        return _waiting.Writer.TryWrite(waiting) ? waiting.Answer.Task : throw new StoreUnavailableException("The store is closed.");
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await Task.WhenAll(_senders);
    }

    private async Task SendAsync()
    {
        var together = new List<Waiting>(_most);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            together.Clear();
            var weight = 0L;
            while (together.Count < _most && weight < _mostWeight && _waiting.Reader.TryRead(out var one))
            {
                together.Add(one);
                weight += one.Weight;
            }

            if (together.Count > 0)
                await SendAsync(together);
        }
    }

    private async Task SendAsync(List<Waiting> together)
    {
        try
        {
            var answers = await _call([.. together.Select(one => one.Thing)]);
            for (var i = 0; i < together.Count; i++)
                together[i].Answer.TrySetResult(answers[i]);
        }
        catch (InvalidOperationException) when (together.Count > 1)
        {
            // A defect with one of them, and nothing was written: each alone, so that only the guilty one fails.
            foreach (var one in together)
                await SendAsync([one]);
        }
        catch (Exception exception)
        {
            foreach (var one in together)
                one.Answer.TrySetException(exception);
        }
    }

    private sealed record Waiting(T Thing, long Weight)
    {
        public TaskCompletionSource<TAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
