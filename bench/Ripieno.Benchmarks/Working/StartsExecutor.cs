using System.Diagnostics;
using System.Threading.Channels;
using Ripieno.Agents;
using Ripieno.Benchmarks.Stores;
using Ripieno.Storage;

namespace Ripieno.Benchmarks.Working;

/// <summary>Does nothing but tell when it began.</summary>
internal sealed class StartsExecutor : IStepExecutor
{
    private readonly Channel<long> _starts = Channel.CreateUnbounded<long>();

    public string Name => Work.Name;

    /// <summary><see cref="Stopwatch.GetTimestamp"/> of each execution's begin; the same clock in all processes of a Linux machine.</summary>
    public ChannelReader<long> Starts => _starts.Reader;

    /// <summary>No execution will begin any more.</summary>
    public void End() => _starts.Writer.Complete();

    public Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
    {
        _starts.Writer.TryWrite(Stopwatch.GetTimestamp());
        return Task.FromResult(Work.Result(context.Step.Lease));
    }
}
