using System.Text;
using Ripieno.Cluster;
using Ripieno.Storage;
using Ripieno.Storage.Moving;

namespace Ripieno.Tests.Cluster;

public sealed class ClusterStatusTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 8, 0, 0, TimeSpan.Zero);

    private readonly List<InstanceStatus> _instances = [];
    private readonly List<ClassBacklog> _backlog = [];
    private readonly List<LimitRecord> _limits = [];
    private readonly List<string> _runs = [];
    private StoreClosing? _closing;

    [Fact]
    public void Instances_that_are_equally_busy_are_even_whatever_they_get_done()
    {
        Worker("fast", new(100, 400, 0, 80, 80), slots: 1);
        Worker("slow", new(100, 10, 0, 80, 80), slots: 1);

        var status = Status();

        Assert.Equal(0, status.LoadVariation);
        Assert.Equal(246, status.Throughput, 9);
        Assert.Equal(160.0 / 410, status.Latency!.Value, 9);
        Assert.Empty(status.Alerts);
    }

    [Fact]
    public void Load_is_uneven_when_one_is_overloaded_and_another_idle()
    {
        Worker("one", new(100, 50, 0, 100, 100), slots: 1);
        Worker("two", new(100, 10, 0, 20, 20), slots: 1);

        var status = Status();

        // Mean 0.6, deviation 0.4.
        Assert.Equal(2.0 / 3, status.LoadVariation!.Value, 9);
        Assert.Equal(ClusterAlertKind.Uneven, Assert.Single(status.Alerts).Kind);
    }

    [Fact]
    public void Of_idle_instances_nobody_says_that_they_are_unevenly_idle()
    {
        Worker("one", new(100, 1, 0, 2, 2), slots: 1);
        Worker("two", new(100, 0, 0, 0, 0), slots: 1);
        Assert.Null(Status().LoadVariation);
    }

    [Fact]
    public void Whoever_executes_one_run_only_or_drains_or_has_just_started_is_not_compared()
    {
        Worker("one", new(100, 50, 0, 90, 90), slots: 1);
        Worker("two", new(100, 50, 0, 90, 90), slots: 1);
        Worker("leaving", new(100, 0, 0, 0, 0), slots: 1, change: report => report with { Draining = true });
        Worker("command", new(100, 0, 0, 0, 0), slots: 1, change: report => report with { Role = InstanceRole.Run });
        Worker("new", new(8, 0, 0, 0, 0), slots: 1);

        Assert.Equal(0, Status().LoadVariation);
    }

    [Fact]
    public void A_queue_that_nobody_serves_is_an_alert_after_a_moment()
    {
        Worker("one", new(100, 0, 0, 0, 0), slots: 4);
        Ready("default", "executor", age: 60);
        Ready("gpu", "executor", age: 9);
        Assert.Equal([1, 0], Status().Queues.Select(queue => queue.Servers));
        Assert.Empty(Status().Alerts);

        Ready("night", "executor", age: 10, count: 7);

        var alert = Assert.Single(Status().Alerts);
        Assert.Equal(ClusterAlertKind.Unserved, alert.Kind);
        Assert.Contains("'executor' on queue 'night': 7 steps ready", alert.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_pinned_is_served_by_its_instance_while_it_lives_and_by_all_afterwards()
    {
        Worker("one", new(100, 0, 0, 0, 0), slots: 4);
        Worker("two", new(100, 0, 0, 0, 0), slots: 4);
        Worker("gone", new(100, 0, 0, 0, 0), slots: 4, silent: true);
        Ready("default@one", "executor");
        Ready("default@gone", "executor");
        Ready("default@never-seen", "executor");

        var status = Status();

        Assert.Equal([1, 2, 2], status.Queues.Select(queue => queue.Servers));
        Assert.Equal(ClusterAlertKind.Silent, Assert.Single(status.Alerts).Kind);
        Assert.Equal(8, status.Slots);
    }

    [Fact]
    public void Differing_versions_and_troubles_are_told()
    {
        Worker("one", new(100, 0, 0, 0, 0), slots: 4);
        Worker("two", new(100, 0, 0, 0, 0), slots: 4, change: report => report with { Configuration = new("a", "2.0.0", "00000000"), Trouble = "the store is away" });

        Assert.Equal([ClusterAlertKind.Trouble, ClusterAlertKind.Versions], Status().Alerts.Select(alert => alert.Kind));
    }

    [Fact]
    public void A_limit_binds_when_it_is_full_at_its_rate_or_left_in_peace()
    {
        _limits.Add(new("endpoint/free") { Capacity = 4, InUse = 3, RequestsPerMinute = 100, Requests = 94, TokensPerMinute = 1000, Tokens = 949 });
        _limits.Add(new("endpoint/full") { Capacity = 4, InUse = 4 });
        _limits.Add(new("endpoint/asked") { RequestsPerMinute = 100, Requests = 95 });
        _limits.Add(new("endpoint/spent") { TokensPerMinute = 1000, Tokens = 1000 });
        _limits.Add(new("endpoint/tired") { Capacity = 4, InUse = 4, CoolingFor = TimeSpan.FromSeconds(7.5), CoolingReason = "429" });
        _limits.Add(new("recycling") { Capacity = 1, InUse = 1 });

        Assert.Equal(
            [null, "all 4 calls in use", "95 of 100 requests in the last minute", "1000 of 1000 tokens in the last minute", "left in peace for 7.5 s: 429"],
            Status().Limits.Select(limit => limit.Binding));
    }

    [Fact]
    public void An_instance_whose_report_cannot_be_read_is_shown_without_it()
    {
        Worker("one", new(100, 0, 0, 0, 0), slots: 4, write: _ => "{\"role\":\"Worker\"");
        Worker("newer", new(100, 0, 0, 0, 0), slots: 4, write: report => report.Insert(1, "\"unheardOf\":[1,{}],"));

        var status = Status();

        Assert.Null(status.Instances[0].Report);
        Assert.NotNull(status.Instances[1].Report);
        Assert.Equal(8, status.Slots);
    }

    [Fact]
    public void Runs_whose_names_no_worker_takes_are_an_alert_though_their_queue_is_served()
    {
        Worker("one", new(100, 0, 0, 0, 0), slots: 4, change: report => report with { Runs = ["night_*"] });
        Worker("command", new(100, 0, 0, 0, 0), slots: 4, change: report => report with { Role = InstanceRole.Run, Runs = ["here"] });
        Ready("default", "executor");
        _runs.AddRange(["night_1", "here"]);
        Assert.Empty(Status().Alerts);

        _runs.Add("day_1");

        var alert = Assert.Single(Status().Alerts);
        Assert.Equal(ClusterAlertKind.Unserved, alert.Kind);
        Assert.Contains("takes run day_1: ", alert.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_closed_store_says_so_and_misses_nobody()
    {
        Ready("default", "executor");
        _closing = new(Guid.NewGuid().ToString("N"), "redis:elsewhere:6379", Now);

        var alert = Assert.Single(Status().Alerts);

        Assert.Equal(ClusterAlertKind.Closed, alert.Kind);
        Assert.Contains("redis:elsewhere:6379", alert.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_was_found_dead_is_told_once_until_it_is_back()
    {
        var lost = new LostInstance("two", 7, "host", Now, 3);
        Worker("one", new(100, 0, 0, 0, 0), slots: 4, change: report => report with { Lost = [lost] });
        Worker("three", new(100, 0, 0, 0, 0), slots: 4, change: report => report with { Lost = [lost] });
        var alert = Assert.Single(Status().Alerts);
        Assert.Equal(ClusterAlertKind.Lost, alert.Kind);
        Assert.Contains("two (pid 7 on host) was found dead at 2030-01-01 08:00:00Z, with 3 steps", alert.Text, StringComparison.Ordinal);

        Worker("two", new(100, 0, 0, 0, 0), slots: 4);

        Assert.Empty(Status().Alerts);
    }

    [Fact]
    public void Workers_that_limit_an_endpoint_differently_are_told()
    {
        static Func<InstanceReport, InstanceReport> Limit(string text) => report => report with { Limits = new Dictionary<string, string>(StringComparer.Ordinal) { ["big"] = text, ["same"] = "limit 1" } };
        Worker("one", new(100, 0, 0, 0, 0), slots: 4, change: Limit("limit 4"));
        Worker("two", new(100, 0, 0, 0, 0), slots: 4, change: Limit("limit 8"));
        Worker("three", new(100, 0, 0, 0, 0), slots: 4, change: Limit("limit 4"));

        var alert = Assert.Single(Status().Alerts);

        Assert.Equal(ClusterAlertKind.Limits, alert.Kind);
        Assert.Contains("'big', each keeps to its own: limit 4 (one, three); limit 8 (two)", alert.Text, StringComparison.Ordinal);
    }

    private ClusterStatus Status() => ClusterStatus.Of(new() { Instances = _instances, Backlog = _backlog, Limits = _limits, Runs = _runs, Closing = _closing }, Now);

    private void Ready(string queue, string executor, int age = 60, int count = 1) => _backlog.Add(new(new(queue, executor), count, Now - TimeSpan.FromSeconds(age)));

    private void Worker(string id, RecentWork recent, int slots, bool silent = false, Func<InstanceReport, InstanceReport>? change = null, Func<string, string>? write = null)
    {
        var report = new InstanceReport
        {
            Role = InstanceRole.Worker,
            StartedAt = Now,
            Configuration = new(null, "1.0.0", "00000000"),
            Classes = ["default/executor"],
            Busy = 0,
            ActiveRuns = 0,
            Recent = recent,
            Process = new(null, 1, null, null, null, null),
        };
        // As it comes from the store.
        var told = Encoding.UTF8.GetString(InstanceReportJson.Write(change?.Invoke(report) ?? report).Span);
        _instances.Add(new(
            new(Guid.NewGuid(), id, "host/boot", 1, 1, "1.0.0", slots, Now) { IsSilent = silent }, InstanceReportJson.Read(Encoding.UTF8.GetBytes(write?.Invoke(told) ?? told))));
    }
}
