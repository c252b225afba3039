using System.Diagnostics;
using Ripieno.Agents;
using Ripieno.Benchmarks.Stores;
using Ripieno.Storage;

namespace Ripieno.Benchmarks.Working;

/// <summary>Stands for a model call: waits, without using the processor.</summary>
internal sealed class PausingExecutor(TimeSpan pause) : IStepExecutor
{
    private long _busy;

    public string Name => Work.Name;

    /// <summary>Time spent in all executions together.</summary>
    public TimeSpan Busy => TimeSpan.FromTicks(Volatile.Read(ref _busy));

    public async Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        await Task.Delay(pause, TimeProvider.System, cancellation);
        Interlocked.Add(ref _busy, Stopwatch.GetElapsedTime(started).Ticks);
        return Work.Result(context.Step.Lease);
    }
}
