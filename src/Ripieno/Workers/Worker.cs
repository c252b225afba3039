using Ripieno.Storage;

namespace Ripieno.Workers;

/// <summary>Claims steps, executes them in its slots, reports, and keeps their leases alive.</summary>
internal sealed class Worker : IAsyncDisposable
{
    public Worker(IStore store, InstanceRecord instance, WorkerOptions options, IEnumerable<IStepExecutor> executors, TimeProvider time) =>
        throw new NotSupportedException("skeleton");

    /// <summary>What the busy slots do now.</summary>
    public IReadOnlyList<SlotActivity> Slots => throw new NotSupportedException("skeleton");

    /// <summary>Why no work is being taken although slots are free (the store is away); null when all is well.</summary>
    public string? Trouble => throw new NotSupportedException("skeleton");

    /// <summary>Registers the instance and begins to claim. <see cref="Errors.ConflictException"/> when a live instance has the same id.</summary>
    public Task StartAsync(CancellationToken cancellation) => throw new NotSupportedException("skeleton");

    /// <summary>
    /// Claims nothing more, lets steps in flight finish for <paramref name="grace"/>, aborts and hands back the rest, ends the registration.
    /// </summary>
    public Task StopAsync(TimeSpan grace) => throw new NotSupportedException("skeleton");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
