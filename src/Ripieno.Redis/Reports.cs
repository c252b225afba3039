using System.Threading.Channels;
using Ripieno.Errors;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>
/// Sends what executions report. Reports that come while others are on their way wait for them and then share one call: the more there are, the less each costs. While few come, each goes at once.
/// </summary>
internal sealed class Reports : IAsyncDisposable
{
    /// <summary>Reports in one call: bounds how long the script holds the server.</summary>
    private const int Most = 64;

    /// <summary>Bytes of results and artifacts in one call.</summary>
    private const int MostBytes = 1024 * 1024;

    /// <summary>Calls on their way at once: while one is executed another is read and a third is put together.</summary>
    private const int Calls = 3;

    private readonly Func<IReadOnlyList<string>, Arguments, Task<RedisResult[]>> _call;
    private readonly Channel<Waiting> _waiting = Channel.CreateUnbounded<Waiting>();
    private readonly Task[] _senders;

    /// <param name="call">Calls the script with the runs that it touches and what was reported.</param>
    public Reports(Func<IReadOnlyList<string>, Arguments, Task<RedisResult[]>> call)
    {
        _call = call;
        _senders = [.. Enumerable.Range(0, Calls).Select(_ => Task.Run(SendAsync))];
    }

    /// <param name="lease">What is reported on.</param>
    /// <param name="holder">Whose it is; empty = unknown.</param>
    /// <param name="report">What became of it.</param>
    /// <param name="bytes">About how large they are.</param>
    /// <returns>The script's answer.</returns>
    public Task<string> AddAsync(StepLease lease, RedisValue holder, ReportArguments report, long bytes)
    {
        var waiting = new Waiting(lease, holder, report, bytes);
        return _waiting.Writer.TryWrite(waiting) ? waiting.Answer.Task : throw new StoreUnavailableException("The store is closed.");
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await Task.WhenAll(_senders);
    }

    private async Task SendAsync()
    {
        var together = new List<Waiting>(Most);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            together.Clear();
            var bytes = 0L;
            while (together.Count < Most && bytes < MostBytes && _waiting.Reader.TryRead(out var report))
            {
                together.Add(report);
                bytes += report.Bytes;
            }

            if (together.Count > 0)
                await SendAsync(together);
        }
    }

    private async Task SendAsync(List<Waiting> together)
    {
        try
        {
            var answers = await SendTogetherAsync(together);
            for (var i = 0; i < together.Count; i++)
                together[i].Answer.TrySetResult((string)answers[i]!);
        }
        catch (InvalidOperationException) when (together.Count > 1)
        {
            // A defect with one of them, and none was recorded: each alone, so that only the guilty one fails.
            foreach (var report in together)
                await SendAsync([report]);
        }
        catch (Exception exception)
        {
            foreach (var report in together)
                report.Answer.TrySetException(exception);
        }
    }

    private Task<RedisResult[]> SendTogetherAsync(List<Waiting> together)
    {
        var arguments = ReportArguments.Join([.. together.Select(one => (one.Lease, one.Holder, one.Report))], out var runs);
        return _call(runs, arguments);
    }

    private sealed record Waiting(StepLease Lease, RedisValue Holder, ReportArguments Report, long Bytes)
    {
        public TaskCompletionSource<string> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
