using Ripieno.Configuration;
using Ripieno.Documents;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ripieno.Cli.Display;

/// <summary>An instance file with what it has otherwise than the base.</summary>
internal static class InstancesView
{
    /// <summary>What fits beside an editor, and into most terminals without wrapping.</summary>
    private const int Widest = 120;

    /// <param name="instance">The file.</param>
    /// <param name="below">The base, as the user knows it.</param>
    /// <param name="width">Of the terminal.</param>
    public static IRenderable Of(InstanceFile instance, string below, int width)
    {
        var state = instance switch
        {
            { Loaded: null } => new Text($"  {TimeText.Count(instance.Problems.Count, "mistake")}, see below", Look.Bad),
            { Differences.Count: 0 } => new Text($"  the same as the base, {TimeText.Count(instance.Loaded.Slots, "slot")}", Look.Quiet),
            _ => new Text($"  {TimeText.Count(instance.Loaded.Slots, "slot")}", Look.Quiet),
        };
        var title = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(0)).AddColumn(new GridColumn().NoWrap().PadRight(0)).AddColumn(new GridColumn().PadRight(0))
            .AddRow(new Text(SafeText.Of(instance.Name, longest: 40), Look.Strong), new Text($"  {SafeText.Of(instance.File)}"), state);
        if (instance.Differences.Count == 0)
            return title;
        var folder = Path.GetDirectoryName(below) ?? "";
        string[] heads = ["key", instance.Name, "base", "from"];
        var rows = instance.Differences.Select(value => (string[])[value.Place, value.Value ?? "–", value.Base ?? "–", From(value.Origin, folder, instance.File)])
            .Select(row => row.Select(cell => SafeText.Of(cell, longest: 300)).ToArray()).ToList();
        var table = new Table().Border(TableBorder.Rounded).BorderStyle(Look.Quiet);
        foreach (var head in heads)
            table.AddColumn(new TableColumn(new Text(SafeText.Of(head, longest: 40), Look.Quiet)));
        // Nobody finds a key again that is broken within a name; what is too long is a value.
        table.Columns[0].NoWrap = rows.Max(row => row[0].Length) <= Math.Min(width, Widest) / 2;
        table.Columns[3].NoWrap = true;
        foreach (var row in rows)
            table.AddRow(new Text(row[0]), new Text(row[1], Look.Strong), new Text(row[2]), new Text(row[3], Look.Quiet));
        // Borders and the space within cells.
        var natural = heads.Select((head, column) => rows.Max(row => Math.Max(row[column].Length, head.Length)) + 3).Sum() + 1;
        if (natural > Math.Min(width, Widest))
            table.Width = Math.Min(width, Widest);
        return new Rows(title, table);
    }

    // All of them lie in one folder, and the file stands above the table.
    private static string From(Origin origin, string folder, string own) => origin switch
    {
        { Kind: OriginKind.File, Name: { } name, Line: { } line } when name == own => $"line {TimeText.Number(line)}",
        { Kind: OriginKind.File, Name: { } name } when Path.GetDirectoryName(name) == folder => (origin with { Name = Path.GetFileName(name) }).ToString(),
        _ => origin.ToString(),
    };
}
