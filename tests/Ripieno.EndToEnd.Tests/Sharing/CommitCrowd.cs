using Ripieno.EndToEnd.Tests.Kills;

namespace Ripieno.EndToEnd.Tests.Sharing;

/// <summary>Looks every millisecond how many processes have a commit under way or are waiting to begin it.</summary>
internal sealed class CommitCrowd : IDisposable
{
    private readonly List<PhaseCounters> _processes;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _looking;
    private long _looks;
    private long _crowded;

    public CommitCrowd(IEnumerable<PhaseCounters> processes)
    {
        _processes = [.. processes];
        _looking = Task.Run(LookAsync);
    }

    /// <summary>The most processes seen in a commit at once.</summary>
    public int Most { get; private set; }

    public void Dispose()
    {
        _stop.Cancel();
        _looking.Wait();
        _stop.Dispose();
        _processes.ForEach(process => process.Dispose());
    }

    public override string ToString() => $"up to {Most} processes in a commit at once, two or more in {_crowded} of {_looks} looks";

    private async Task LookAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var committing = _processes.Count(process => process.InCommit > 0);
            Most = Math.Max(Most, committing);
            _looks++;
            _crowded += committing > 1 ? 1 : 0;
            await Task.Delay(1);
        }
    }
}
