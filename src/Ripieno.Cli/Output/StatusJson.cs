using Ripieno.Cluster;
using Ripieno.Storage;

namespace Ripieno.Cli.Output;

/// <summary><c>status --json</c>.</summary>
internal sealed record StatusDocument(
    string Store, IReadOnlyList<InstanceJson> Instances, IReadOnlyList<QueueJson> Queues, IReadOnlyList<LimitJson> Limits, ClusterJson Cluster, IReadOnlyList<ClusterAlert> Alerts)
{
    public static StatusDocument Of(ClusterStatus status, StoreDescription store) => new(
        store.Location,
        [.. status.Instances.Select(InstanceJson.Of)],
        [.. status.Queues.Select(queue => new QueueJson(
            queue.Backlog.Class.Queue, queue.Backlog.Class.Executor, queue.Backlog.Class.Instance, queue.Backlog.Ready, queue.Age.TotalSeconds, queue.Servers))],
        [.. status.Limits.Select(LimitJson.Of)],
        new(status.Slots, status.Busy, status.Ready, status.Throughput, status.Latency, status.SuccessRate, status.LoadVariation, status.LoadVariation > ClusterStatus.Uneven),
        status.Alerts);
}

/// <param name="Id">Its id.</param>
/// <param name="State">How it is.</param>
/// <param name="Host">Name of its machine.</param>
/// <param name="Pid">Of its process.</param>
/// <param name="Version">Of Ripieno.</param>
/// <param name="Slots">Steps that it executes at once.</param>
/// <param name="SeenAt">Its last heartbeat.</param>
/// <param name="Report">What it told of itself; null = nothing yet.</param>
internal sealed record InstanceJson(string Id, InstanceState State, string Host, int Pid, string Version, int Slots, DateTimeOffset SeenAt, InstanceReportDocument? Report)
{
    public static InstanceJson Of(InstanceStatus one) => new(
        one.Record.Id, one.State, one.Record.Host.Split('/')[0], one.Record.Pid, one.Record.Version, one.Record.Slots, one.Record.SeenAt,
        one.Report is { } report ? InstanceReportDocument.Of(report, one.Utilization) : null);
}

/// <param name="Role">What it is there for.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="Config">Which configuration it works with.</param>
/// <param name="Classes">What it executes, as <c>queue/executor</c>.</param>
/// <param name="Runs">Patterns of the runs that it takes; empty = any.</param>
/// <param name="Busy">Slots at work.</param>
/// <param name="ActiveRuns">Runs whose steps they execute.</param>
/// <param name="Recent">What it has done of late.</param>
/// <param name="SuccessRate">0 to 1; null when nothing has ended.</param>
/// <param name="LatencySeconds">Mean time in a slot; null when nothing has ended.</param>
/// <param name="Utilization">Share of its slot time that was used, 0 to 1.</param>
/// <param name="Process">What its process uses; bytes and bytes a second.</param>
/// <param name="Trouble">Why it takes no work; null when all is well.</param>
/// <param name="Limits">Limits that its configuration sets, by endpoint, in words.</param>
/// <param name="Lost">Instances of its machine that it found dead in the last 15 minutes.</param>
internal sealed record InstanceReportDocument(
    InstanceRole Role,
    DateTimeOffset StartedAt,
    ConfigurationMark Config,
    IReadOnlyList<string> Classes,
    IReadOnlyList<string> Runs,
    int Busy,
    int ActiveRuns,
    RecentWork Recent,
    double? SuccessRate,
    double? LatencySeconds,
    double Utilization,
    ProcessUse Process,
    string? Trouble,
    IReadOnlyDictionary<string, string> Limits,
    IReadOnlyList<LostInstance> Lost)
{
    public static InstanceReportDocument Of(InstanceReport report, double utilization) => new(
        report.Role, report.StartedAt, report.Configuration, report.Classes, report.Runs, report.Busy, report.ActiveRuns, report.Recent, report.Recent.SuccessRate, report.Recent.Latency, utilization,
        report.Process, report.Trouble, report.Limits, report.Lost);
}

/// <param name="Queue">Name of the queue.</param>
/// <param name="Executor">Agent or executor.</param>
/// <param name="Instance">The one that its steps are pinned to; null = none.</param>
/// <param name="Ready">Steps that could be claimed now.</param>
/// <param name="OldestSeconds">For how long the oldest has been ready.</param>
/// <param name="Servers">Live instances that take them.</param>
internal sealed record QueueJson(string Queue, string Executor, string? Instance, long Ready, double OldestSeconds, int Servers);

/// <param name="Name">Of the endpoint.</param>
/// <param name="Capacity">Calls at once; null = not limited, and so for the others.</param>
/// <param name="InUse">How many are under way.</param>
/// <param name="RequestsPerMinute">Bound on requests.</param>
/// <param name="Requests">In the last minute.</param>
/// <param name="TokensPerMinute">Bound on tokens.</param>
/// <param name="Tokens">In the last minute.</param>
/// <param name="CoolingSeconds">For how long the server has asked to be left in peace.</param>
/// <param name="Binding">Why calls wait for it now; null when they do not.</param>
internal sealed record LimitJson(
    string Name, int? Capacity, int InUse, int? RequestsPerMinute, long Requests, int? TokensPerMinute, long Tokens, double CoolingSeconds, string? Binding)
{
    public static LimitJson Of(LimitStatus limit) => new(
        limit.Record.Name["endpoint/".Length..], limit.Record.Capacity, limit.Record.InUse, limit.Record.RequestsPerMinute, limit.Record.Requests, limit.Record.TokensPerMinute, limit.Record.Tokens,
        limit.Record.CoolingFor.TotalSeconds, limit.Binding);
}

/// <param name="Slots">Of all live instances.</param>
/// <param name="Busy">At work.</param>
/// <param name="Ready">Steps that could be claimed now.</param>
/// <param name="StepsPerMinute">Executions ended, of late.</param>
/// <param name="LatencySeconds">Mean time in a slot; null when nothing has ended.</param>
/// <param name="SuccessRate">0 to 1; null when nothing has ended.</param>
/// <param name="LoadVariation">Coefficient of variation of the workers' utilization; null when there is nothing to compare.</param>
/// <param name="Uneven">It is above 0.3.</param>
internal sealed record ClusterJson(int Slots, int Busy, long Ready, double StepsPerMinute, double? LatencySeconds, double? SuccessRate, double? LoadVariation, bool Uneven);
