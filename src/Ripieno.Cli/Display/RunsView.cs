using Ripieno.Runs;
using Ripieno.Storage;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ripieno.Cli.Display;

/// <summary>A list of runs as a table.</summary>
internal static class RunsView
{
    public static IRenderable Of(IReadOnlyList<RunRecord> runs, TimeProvider time)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderStyle(Look.Quiet);
        foreach (var name in (ReadOnlySpan<string>)["run", "title", "status", "progress", "tokens", "started", "time"])
            table.AddColumn(new TableColumn(new Text(name, Look.Quiet)));
        foreach (var run in runs)
        {
            table.AddRow(
                new Text(run.Id),
                new Text(SafeText.Of(run.Title, longest: 60)),
                Status(run),
                // No count: a task, or what people call a step, is several of the steps that the store counts.
                new Text($"{TimeText.Number(100L * (run.Steps - run.OpenSteps) / Math.Max(1, run.Steps))}%"),
                new Text(TimeText.Number(run.Usage.Input + run.Usage.Output)),
                new Text(TimeText.Moment(run.StartedAt ?? run.CreatedAt, time.LocalTimeZone), Look.Quiet),
                new Text(run.StartedAt is { } started ? TimeText.Of((run.FinishedAt ?? time.GetUtcNow()) - started) : "", Look.Quiet));
        }

        return table;
    }

    private static Text Status(RunRecord run) => run switch
    {
        { Status: RunStatus.Running, CancelRequested: true } => new("being cancelled", Look.Warn),
        { Status: RunStatus.Running, StartedAt: null } => new("queued", Look.Quiet),
        { Status: RunStatus.Running } => new("running", Look.Busy),
        { Status: RunStatus.Succeeded } => new("succeeded", Look.Good),
        { Status: RunStatus.Failed } => new("failed", Look.Bad),
        _ => new("cancelled", Look.Warn),
    };
}
