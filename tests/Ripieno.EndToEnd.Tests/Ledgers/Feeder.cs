using System.Globalization;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Runs;

namespace Ripieno.EndToEnd.Tests.Ledgers;

/// <summary>
/// Keeps some runs open as long as a fault lasts: another is submitted when one has ended. So there is always work, no backlog can grow, and the number of runs that were submitted tells how far the work went.
/// </summary>
/// <param name="fleet">Whose store is looked at.</param>
/// <param name="ledger">Where the runs are noted.</param>
/// <param name="tasks">Of each run.</param>
/// <param name="open">Runs at once.</param>
internal sealed class Feeder(Fleet fleet, Ledger ledger, int tasks, int open)
{
    private readonly List<string> _open = [];
    private int _runs;

    /// <summary>Runs that have not ended, as far as was looked.</summary>
    public IReadOnlyList<string> Open => [.. _open];

    /// <summary>Runs that have ended meanwhile.</summary>
    public int Ended => _runs - _open.Count;

    /// <summary>Looks until it is so, feeding meanwhile.</summary>
    public Task UntilAsync(string what, Func<Task<bool>> isSo) => Storms.UntilAsync(what, async () =>
    {
        await FeedAsync();
        return await isSo();
    });

    /// <summary>Feeds for as long as nobody cancels.</summary>
    public async Task FeedAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await FeedAsync();
            await Task.Delay(50, CancellationToken.None);
        }
    }

    public async Task FeedAsync()
    {
        var store = await fleet.StoreAsync();
        foreach (var run in Open)
        {
            if (await store.FindRunAsync(run, CancellationToken.None) is not { Status: RunStatus.Running })
                _open.Remove(run);
        }

        while (_open.Count < open)
        {
            var run = $"run-{_runs.ToString(CultureInfo.InvariantCulture)}";
            await ledger.AcceptAsync(run, tasks);
            _runs++;
            _open.Add(run);
        }
    }
}
