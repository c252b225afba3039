using System.Globalization;
using Ripieno.Coordination;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ripieno.Cli.Display;

/// <summary>The hourly figures as a table.</summary>
internal static class FiguresView
{
    public static IRenderable Of(IReadOnlyList<FigureRow> rows, bool hourly, DateTimeOffset from, TimeZoneInfo zone)
    {
        // Most projects have one workflow, whose name in each row would only take room.
        var only = rows.Select(row => row.Sums.Workflow).Distinct(StringComparer.Ordinal).ToList() is [var one] ? one : null;
        // Without lines between the columns, so that it fits into 120 characters.
        var table = new Table().Border(TableBorder.Horizontal).BorderStyle(Look.Quiet);
        foreach (var name in (ReadOnlySpan<string>)[.. hourly ? ["hour"] : Array.Empty<string>(), only is null ? "workflow/agent" : "agent", "model"])
            table.AddColumn(new TableColumn(new Text(name, Look.Quiet)).PadRight(0));
        foreach (var name in (ReadOnlySpan<string>)["arrived", "good", "failed", "good, %", "service, s", "wait, s", "tokens in / out"])
            table.AddColumn(new TableColumn(new Text(name, Look.Quiet)).RightAligned().NoWrap().PadRight(0));
        foreach (var row in rows)
        {
            IEnumerable<IRenderable> cells = Cells(row, only is null);
            table.AddRow(hourly ? cells.Prepend(new Text(TimeText.Hour(row.Sums.Hour, zone), Look.Quiet)) : cells);
        }

        return new Rows(
            new StyledLine().Add($" Since {TimeText.Moment(from, zone)}", Look.Strong).Add(hourly ? ", hour by hour" : "").Add(only is null ? "" : $", workflow {SafeText.Of(only, longest: 60)}"),
            table,
            Note("service: time in a slot (whole runs: from the first step to the end), mean ± standard deviation."),
            Note("wait: mean time for which a step had been ready before that. failed: for good, or given up."));
    }

    private static StyledLine Note(string text) => new StyledLine().Add($" {text}", Look.Quiet);

    private static IEnumerable<IRenderable> Cells(FigureRow row, bool withWorkflow)
    {
        var sums = row.Sums;
        var agent = sums.Agent.Length == 0 ? "(whole runs)" : sums.Agent;
        yield return new Text(SafeText.Of(withWorkflow ? $"{sums.Workflow}/{agent}" : agent, longest: 120), sums.Agent.Length == 0 ? Look.Strong : Style.Plain);
        yield return new Text(SafeText.Of(sums.Model, longest: 60), Look.Quiet);
        yield return Number(sums.Arrived);
        yield return Number(sums.Succeeded);
        yield return new Text(TimeText.Number(sums.Failed), sums.Failed > 0 ? Look.Bad : Look.Quiet);
        yield return new Text(row.SuccessRate is { } rate ? (rate * 100).ToString("0.0", CultureInfo.InvariantCulture) : "–");
        yield return new Text(row is { MeanService: { } mean, ServiceDeviation: { } deviation } ? $"{Seconds(mean)} ± {Seconds(deviation)}" : "–");
        yield return new Text(row.MeanWait is { } wait ? Seconds(wait) : "–");
        yield return new Text($"{TimeText.Number(sums.Usage.Input)} / {TimeText.Number(sums.Usage.Output)}");
    }

    private static Text Number(long number) => new(TimeText.Number(number));

    /// <summary>As many digits as say something.</summary>
    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString(time.TotalSeconds < 9.995 ? "0.00" : "#,0.0", CultureInfo.InvariantCulture);
}
