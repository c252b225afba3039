using System.Globalization;
using Ripieno.Cli.Grammar;
using Ripieno.Cluster;
using Ripieno.Storage;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ripieno.Cli.Display;

/// <summary>Instances, queues and what is wrong, on one screen.</summary>
internal static class StatusView
{
    /// <summary>What figures of the work are about at most.</summary>
    private static readonly TimeSpan FiguresSpan = TimeSpan.FromMinutes(4.5);

    public static IRenderable Of(ClusterStatus status, StoreDescription store, FollowUp followUp, DateTimeOffset now)
    {
        var parts = new List<IRenderable> { Summary(status, store) };
        if (status.Instances.Count > 0)
            parts.Add(Instances(status, now));
        if (status.Queues.Count > 0)
            parts.Add(Queues(status));
        if (status.Limits.Count > 0)
            parts.Add(Limits(status));
        parts.AddRange(status.Alerts.Select(alert => new Text($"! {SafeText.Of(alert.Text, longest: 600)}", Look.Warn)));
        if (followUp.Hint(status.Alerts.Select(alert => alert.Text)) is { } hint)
            parts.Add(new Text(hint, Look.Quiet));
        return new Rows(parts);
    }

    private static Rows Summary(ClusterStatus status, StoreDescription store)
    {
        var live = status.Instances.Count(one => one.State != InstanceState.Silent);
        var first = new StyledLine()
            .Add($"{TimeText.Count(live, "instance")}, {status.Busy} of {TimeText.Count(status.Slots, "slot")} busy, {TimeText.Count(status.Ready, "step")} ready", Look.Strong)
            .Add($"  {store.Location}", Look.Quiet);
        if (status.Latency is not { } latency)
            return new(first, new StyledLine().Add(Nothing(status), Look.Quiet));
        var load = status.LoadVariation is { } variation ? string.Create(CultureInfo.InvariantCulture, $"{(variation > ClusterStatus.Uneven ? "uneven" : "even")} (coefficient of variation {variation:0.00})") : "too little to tell";
        return new(
            first,
            new StyledLine().Add(string.Create(
                CultureInfo.InvariantCulture, $"{status.Throughput:0.0} steps a minute, {latency:0.00} s each, {status.SuccessRate * 100:0.0}% good; load: ")).Add(load, status.LoadVariation > ClusterStatus.Uneven ? Look.Warn : Style.Plain));
    }

    /// <summary>Those that ended before told their figures themselves, and are gone with them.</summary>
    private static string Nothing(ClusterStatus status) => status.Span is { } span
        ? $"The instances that live have executed nothing in {(span < FiguresSpan ? $"the {TimeText.Whole(span)} since they started" : "the last five minutes")}."
        : "No instance lives that could tell what was executed of late.";

    private static Table Instances(ClusterStatus status, DateTimeOffset now)
    {
        var table = new Table().Border(TableBorder.Horizontal).BorderStyle(Look.Quiet);
        foreach (var name in (ReadOnlySpan<string>)["instance", "state", "queues", "config"])
            table.AddColumn(new TableColumn(new Text(name, Look.Quiet)).PadLeft(0).PadRight(1));
        foreach (var name in (ReadOnlySpan<string>)["busy", "used", "runs", "steps/min", "s each", "good", "memory", "seen"])
            table.AddColumn(new TableColumn(new Text(name, Look.Quiet)).RightAligned().NoWrap().PadRight(0));
        foreach (var one in status.Instances)
            table.AddRow(Cells(one, now));
        return table;
    }

    private static IEnumerable<IRenderable> Cells(InstanceStatus one, DateTimeOffset now)
    {
        var (record, report) = (one.Record, one.Report);
        yield return new Text(SafeText.Of(record.Id, longest: 40), Look.Strong);
        yield return one.State switch
        {
            InstanceState.Silent => new("silent", Look.Bad),
            InstanceState.Draining => new("draining", Look.Warn),
            _ when report?.Trouble is not null => new("trouble", Look.Bad),
            _ when report is { Role: InstanceRole.Run } => new("one run", Look.Quiet),
            _ => new Text("live", Look.Good),
        };
        yield return new Text(SafeText.Of(report is null ? "" : Scope(report), longest: 40), Look.Quiet);
        yield return new Text(SafeText.Of(report is null ? record.Version : $"{report.Configuration.Version} {report.Configuration.Hash[..Math.Min(4, report.Configuration.Hash.Length)]}", longest: 30), Look.Quiet);
        yield return new Text($"{report?.Busy.ToString(CultureInfo.InvariantCulture) ?? "?"}/{record.Slots}");
        yield return new Text(report is null ? "" : Percent(one.Utilization));
        yield return new Text(report is null ? "" : TimeText.Number(report.ActiveRuns));
        yield return new Text(report is { Recent: { Seconds: > 0 } recent } ? (recent.Ended * 60 / recent.Seconds).ToString("0.0", CultureInfo.InvariantCulture) : "");
        yield return new Text(report?.Recent.Latency is { } latency ? latency.ToString("0.00", CultureInfo.InvariantCulture) : "");
        yield return new Text(report?.Recent.SuccessRate is { } rate ? Percent(rate) : "", report?.Recent.Failed > 0 ? Look.Warn : Style.Plain);
        yield return new Text(report is null ? "" : TimeText.Size(report.Process.Memory));
        yield return new Text(TimeText.Whole(now - record.SeenAt), Look.Quiet);
    }

    /// <summary>Names of its queues, and of runs if it takes only some.</summary>
    private static string Scope(InstanceReport report)
    {
        var queues = string.Join(" ", report.Classes.Select(one => one.Split('/')[0]).Distinct(StringComparer.Ordinal));
        return report.Runs.Count == 0 || report.Role == InstanceRole.Run ? queues : $"{queues}, runs {string.Join(" ", report.Runs)}";
    }

    private static Table Queues(ClusterStatus status)
    {
        var table = new Table().Border(TableBorder.Horizontal).BorderStyle(Look.Quiet);
        foreach (var name in (ReadOnlySpan<string>)["queue", "for"])
            table.AddColumn(new TableColumn(new Text(name, Look.Quiet)).PadRight(2));
        foreach (var name in (ReadOnlySpan<string>)["ready", "oldest", "served by"])
            table.AddColumn(new TableColumn(new Text(name, Look.Quiet)).RightAligned().NoWrap().PadRight(2));
        foreach (var queue in status.Queues)
        {
            table.AddRow(
                new Text(SafeText.Of(queue.Backlog.Class is { Instance: { } instance } pinned ? $"{pinned.Shared}, pinned to {instance}" : queue.Backlog.Class.Queue, longest: 100), Look.Strong),
                new Text(SafeText.Of(queue.Backlog.Class.Executor, longest: 60)),
                new Text(TimeText.Number(queue.Backlog.Ready)),
                new Text(TimeText.Whole(queue.Age)),
                new Text(queue.Servers == 0 ? "nobody" : TimeText.Count(queue.Servers, "instance"), queue.Servers == 0 ? Look.Bad : Style.Plain));
        }

        return table;
    }

    private static Table Limits(ClusterStatus status)
    {
        var table = new Table().Border(TableBorder.Horizontal).BorderStyle(Look.Quiet);
        table.AddColumn(new TableColumn(new Text("endpoint", Look.Quiet)).PadRight(2));
        foreach (var name in (ReadOnlySpan<string>)["calls", "requests/min", "tokens/min"])
            table.AddColumn(new TableColumn(new Text(name, Look.Quiet)).RightAligned().NoWrap().PadRight(2));
        table.AddColumn(new TableColumn(new Text("calls wait because", Look.Quiet)).PadLeft(2));
        foreach (var limit in status.Limits)
        {
            var record = limit.Record;
            table.AddRow(
                new Text(SafeText.Of(record.Name["endpoint/".Length..], longest: 60), Look.Strong),
                Of(record.InUse, record.Capacity),
                Of(record.Requests, record.RequestsPerMinute),
                Of(record.Tokens, record.TokensPerMinute),
                new Text(SafeText.Of(limit.Binding ?? "", longest: 120), Look.Warn));
        }

        return table;

        static Text Of(long used, int? most) => most is { } bound ? new($"{TimeText.Number(used)} of {TimeText.Number(bound)}") : new("");
    }

    private static string Percent(double share) => (share * 100).ToString("0", CultureInfo.InvariantCulture) + "%";
}
