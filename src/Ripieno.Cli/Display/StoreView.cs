using Ripieno.Runs;
using Ripieno.Storage;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ripieno.Cli.Display;

/// <summary>What a store is and holds.</summary>
internal static class StoreView
{
    public static IRenderable Of(StoreCheck check)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        Add("store", check.Store.Location);
        Add("engine", $"{check.Store.Engine}, schema version {check.Store.SchemaVersion}");
        Add("durability", check.Store.Durability);
        Add("size", TimeText.Size(check.Bytes));
        foreach (var (name, text) in check.Facts.Where(fact => fact.Key != "file"))
            Add(SafeText.Of(name, longest: 40), text);
        Add("runs", Runs(check));
        Add("steps", TimeText.Number(check.Steps));
        if (check.Pending > 0)
            Add("pending", $"{TimeText.Count(check.Pending, "wide change")} under way (normal while something is working)");
        return grid;

        void Add(string name, string text) => grid.AddRow(new Text(name, Look.Quiet), new Text(SafeText.Of(text, longest: 1000)));
    }

    /// <summary><c>42: 1 running, 40 succeeded, 1 failed</c>.</summary>
    public static string Runs(StoreCheck check) => Runs(check.Runs);

    public static string Runs(IReadOnlyDictionary<RunStatus, long> runs)
    {
        var parts = Enum.GetValues<RunStatus>().Where(status => runs.GetValueOrDefault(status) > 0)
            .Select(status => $"{TimeText.Number(runs[status])} {status.ToString().ToLowerInvariant()}").ToList();
        return parts.Count == 0 ? "none" : $"{TimeText.Number(runs.Values.Sum())}: {string.Join(", ", parts)}";
    }
}
