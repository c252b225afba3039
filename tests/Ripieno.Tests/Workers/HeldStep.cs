using Ripieno.Storage;

namespace Ripieno.Tests.Workers;

/// <summary>An execution that waits for the test, or for its abortion.</summary>
internal sealed class HeldStep
{
    private readonly TaskCompletionSource _began = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<StepCompletion> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Began => _began.Task;

    public bool Aborted { get; private set; }

    /// <summary>True = goes on when it is aborted, as careless code would.</summary>
    public bool Deaf { get; init; }

    /// <summary>Thrown when it is aborted, in place of the cancellation.</summary>
    public Exception? ThrowsWhenAborted { get; init; }

    public bool IsFinished => _ended.Task.IsCompleted;

    public void Finish(StepCompletion? completion = null) => _ended.TrySetResult(completion ?? new());

    public async Task<StepCompletion> ExecuteAsync(CancellationToken cancellation)
    {
        await using var registration = cancellation.Register(() =>
        {
            Aborted = true;
            if (ThrowsWhenAborted is not null)
                _ended.TrySetException(ThrowsWhenAborted);
            else if (!Deaf)
                _ended.TrySetCanceled(cancellation);
        });
        _began.TrySetResult();
        return await _ended.Task;
    }
}
