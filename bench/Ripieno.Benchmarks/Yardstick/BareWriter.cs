using System.Threading.Channels;

namespace Ripieno.Benchmarks.Yardstick;

/// <summary>
/// One thread that writes, as Ripieno's: what was asked for while it committed goes into the next commit together, and each caller is
/// answered after the flush.
/// </summary>
internal sealed class BareWriter : IDisposable
{
    /// <summary>As many as Ripieno's writer takes.</summary>
    private const int GroupSize = 256;

    private readonly BareStore _store;
    private readonly Channel<(BareStep Step, TaskCompletionSource<long> Done)> _requests =
        Channel.CreateUnbounded<(BareStep, TaskCompletionSource<long>)>(new() { SingleReader = true });
    private readonly Thread _thread;

    public BareWriter(BareStore store)
    {
        _store = store;
        _thread = new Thread(Work) { IsBackground = true, Name = "bare writer" };
        _thread.Start();
    }

    /// <summary>Ends a step, queues the next, and completes when both are on the disk.</summary>
    /// <returns>The next step's place in the queue.</returns>
    public Task<long> CompleteAsync(BareStep step)
    {
        var done = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests.Writer.TryWrite((step, done));
        return done.Task;
    }

    public void Dispose()
    {
        _requests.Writer.Complete();
        _thread.Join();
    }

    private void Work()
    {
        var answers = new List<(TaskCompletionSource<long> Done, long Next)>(GroupSize);
        while (_requests.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            answers.Clear();
            _store.Begin();
            while (answers.Count < GroupSize && _requests.Reader.TryRead(out var request))
                answers.Add((request.Done, _store.Complete(request.Step, hasNext: true)));
            _store.Commit();
            foreach (var (done, next) in answers)
                done.SetResult(next);
        }
    }
}
