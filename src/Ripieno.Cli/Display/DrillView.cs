using System.Globalization;
using Ripieno.Cli.Output;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ripieno.Cli.Display;

/// <summary>What a failover drill showed.</summary>
internal static class DrillView
{
    public static IRenderable Of(DrillDocument drill)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn(new GridColumn().NoWrap()).AddColumn();
        Add("noticed", Seconds(drill.NoticedSeconds), $"after it was {drill.Fault}");
        Add("claimed again", Seconds(drill.ClaimedAgainSeconds), $"at most {Seconds(drill.BoundSeconds)}: lease, look and 1 s");
        Add("all done", Seconds(drill.DoneSeconds), $"{TimeText.Count(drill.Steps, "step")}");
        Add("in flight", TimeText.Number(drill.InFlight), $"steps that it had when it was {drill.Fault}");
        Add("repeated", TimeText.Number(drill.Repeated), "executions, at most as many as were in flight");
        Add("lost", TimeText.Number(drill.Lost), "results");
        Add("duplicated", TimeText.Number(drill.Duplicated), "results");
        return grid;

        void Add(string name, string value, string note) => grid.AddRow(new Text(name, Look.Quiet), new Text(value), new Text(note, Look.Quiet));
    }

    private static string Seconds(double? seconds) => seconds is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known:0.0} s") : "never";
}
