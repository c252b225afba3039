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
        // Without lines between the columns, so that it fits into 120 characters.
        var table = new Table().Border(TableBorder.Horizontal).BorderStyle(Look.Quiet);
        foreach (var name in (ReadOnlySpan<string>)[.. hourly ? ["hour"] : Array.Empty<string>(), "workflow/agent", "model"])
            table.AddColumn(new TableColumn(new Text(name, Look.Quiet)));
        foreach (var name in (ReadOnlySpan<string>)["arrived", "good", "failed", "good, %", "service, s", "wait, s", "tokens in / out"])
            table.AddColumn(new TableColumn(new Text(name, Look.Quiet)).RightAligned().NoWrap());
        foreach (var row in rows)
        {
            IEnumerable<IRenderable> cells = Cells(row);
            table.AddRow(hourly ? cells.Prepend(new Text(TimeText.Moment(row.Sums.Hour, zone), Look.Quiet)) : cells);
        }

        return new Rows(
            new StyledLine().Add($" Since {TimeText.Moment(from, zone)}", Look.Strong).Add(hourly ? ", hour by hour" : ""),
            table,
            Note("The row without an agent is of whole runs: from their first step to their end."),
            Note("service: time in a slot, mean ± standard deviation; wait: mean time ready before that; failed: also skipped and given up."));
    }

    private static StyledLine Note(string text) => new StyledLine().Add($" {text}", Look.Quiet);

    private static IEnumerable<IRenderable> Cells(FigureRow row)
    {
        var sums = row.Sums;
        yield return sums.Agent.Length == 0
            ? new Text(SafeText.Of(sums.Workflow, longest: 60), Look.Strong)
            : new Text(SafeText.Of($"{sums.Workflow}/{sums.Agent}", longest: 60));
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
