using Ripieno.Cli.Grammar;
using Ripieno.Cli.Runs;
using Spectre.Console;

namespace Ripieno.Cli.Display;

/// <summary>Says what is to be deleted, and how far it is.</summary>
internal static class PruneView
{
    private const int MostRows = 15;
    private const int LineEvery = 1000;

    public static void Write(Invocation invocation, PruneOrder order, bool isDry)
    {
        var output = invocation.Terminal.Out;
        if (order.Runs.Count == 0)
        {
            output.WriteLine("There is nothing to prune.");
            return;
        }

        invocation.Terminal.Console.Write(RunsView.Of([.. order.Runs.Take(MostRows)], invocation.Time));
        if (order.Runs.Count > MostRows)
            output.WriteLine($"… and {(order.More ? "many" : TimeText.Number(order.Runs.Count - MostRows))} more");
        var ends = order.Runs.Select(run => run.FinishedAt).OfType<DateTimeOffset>().DefaultIfEmpty().ToList();
        var statuses = order.Runs.GroupBy(run => run.Status).Select(group => $"{TimeText.Number(group.Count())} {group.Key.ToString().ToLowerInvariant()}");
        output.WriteLine(
            $"{(isDry ? "Would go" : "To be deleted")}: {(order.More ? "more than " : "")}{TimeText.Count(order.Runs.Count, "run")} ({string.Join(", ", statuses)}), "
            + $"ended from {TimeText.Moment(ends.Min(), invocation.Time.LocalTimeZone)} to {TimeText.Moment(ends.Max(), invocation.Time.LocalTimeZone)}.");
    }

    /// <summary>A bar on a terminal; elsewhere a line now and then.</summary>
    public static async Task<int> ProgressAsync(Invocation invocation, CommonSettings common, PruneOrder order, Func<Action<int>?, Task<int>> delete)
    {
        if (common.IsSilent)
            return await delete(null);
        if (!invocation.Terminal.IsLive)
        {
            var said = 0;
            return await delete(gone =>
            {
                if (gone / LineEvery <= said)
                    return;
                said = gone / LineEvery;
                invocation.Terminal.Error.WriteLine($"{TimeText.Count(gone, "run")} deleted so far");
            });
        }

        return await invocation.Terminal.Console.Progress().AutoClear(true).Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn())
            .StartAsync(async display =>
            {
                var task = display.AddTask("deleting", maxValue: order.Runs.Count);
                return await delete(gone =>
                {
                    task.MaxValue = Math.Max(task.MaxValue, gone);
                    task.Value = gone;
                    task.Description = $"{TimeText.Count(gone, "run")} deleted";
                });
            });
    }
}
