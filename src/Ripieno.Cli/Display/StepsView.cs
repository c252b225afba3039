using Ripieno.Agents.Custom;
using Ripieno.Runs;
using Ripieno.Storage;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ripieno.Cli.Display;

/// <summary>All steps of a run as a table.</summary>
internal static class StepsView
{
    /// <param name="steps">In the order added.</param>
    /// <param name="models">What answered each, by its key; null = not shown.</param>
    public static IRenderable Of(IReadOnlyList<StepRecord> steps, IReadOnlyDictionary<string, string>? models = null)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderStyle(Look.Quiet);
        IReadOnlyList<string> names = models is null ? ["step", "status", "tries", "tokens", "time", "reason"] : ["step", "status", "tries", "tokens", "time", "model", "reason"];
        foreach (var name in names)
            table.AddColumn(new TableColumn(new Text(name, Look.Quiet)));
        foreach (var step in steps)
        {
            List<IRenderable> cells =
            [
                new Text(SafeText.Of(step.Key, longest: 120)),
                step.Result == StepOutcome.SkippedHash ? new Text("left out", Look.Warn) : new Text(Name(step.Status), StyleOf(step.Status)),
                new Text(TimeText.Number(step.Epoch)),
                new Text(TimeText.Number(step.Usage.Input + step.Usage.Output)),
                new Text(step.StartedAt is { } started && step.FinishedAt is { } finished ? TimeText.Of(finished - started) : ""),
                new Text(SafeText.Of(step.Reason), Look.Quiet),
            ];
            if (models is not null)
                cells.Insert(cells.Count - 1, new Text(SafeText.Of(models.GetValueOrDefault(step.Key), longest: 80), Look.Quiet));
            table.AddRow(cells);
        }

        return table;
    }

    private static string Name(StepStatus status) => status == StepStatus.DeadLettered ? "dead-lettered" : status.ToString().ToLowerInvariant();

    private static Style StyleOf(StepStatus status) => status switch
    {
        StepStatus.Succeeded => Look.Good,
        StepStatus.Failed or StepStatus.DeadLettered => Look.Bad,
        StepStatus.Skipped or StepStatus.Cancelled or StepStatus.Waiting => Look.Warn,
        StepStatus.Running => Look.Busy,
        _ => Look.Quiet,
    };
}
