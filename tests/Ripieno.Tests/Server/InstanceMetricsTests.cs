using System.Diagnostics.Metrics;
using Ripieno.Agents;
using Ripieno.Cluster;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Tests.Workers;
using Ripieno.Workflows;
using static Ripieno.Tests.Workers.WorkerScene;

namespace Ripieno.Tests.Server;

/// <summary>What Prometheus gets of a worker.</summary>
public sealed class InstanceMetricsTests
{
    private static readonly InstanceFacts Facts = new(InstanceRole.Worker, new(null, null, "00000000"), new Dictionary<string, string>());

    [Fact]
    public async Task Executions_are_counted_and_timed_by_how_they_ended_and_every_sample_names_the_instance()
    {
        await using var scene = await OpenAsync();
        scene.Executor.NextFails("b", () => new StepFailedException("no"));
        scene.Executor.NextFails("c", () => new InvalidOperationException("once"));
        string[] keys = ["held", "x", "y"];
        var held = keys.Select(scene.Executor.HoldNext).ToList();
        await scene.SubmitAsync("held-run", [.. keys.Select(key => Step(key))]);
        await using var server = await ServerScene.OpenAsync(scene, await scene.StartAsync(scene.Options(slots: 3), "named"), "named");
        foreach (var one in held)
            await one.Began;
        // All slots are taken, and from now on everything is counted.
        await scene.SubmitAsync("secret-run", new StepDefinition { Name = "work", Executor = "work" }, Step("secret-step"), Step("b"), Step("c"));
        scene.Time.Advance(TimeSpan.FromSeconds(7));
        held[1].Finish();
        held[2].Finish();
        await scene.RunEndsAsync("secret-run", TimeSpan.FromSeconds(1));
        await scene.UntilAsync(() => server.Worker.Slots.Count == 1 && server.Worker.StepsDone == 6);

        var scrape = await Scrape.OfAsync(server.Client);

        Assert.Equal(4, scrape["ripieno_steps_total", "status=succeeded", "workflow=test"]);
        Assert.Equal(1, scrape["ripieno_steps_total", "status=failed", "workflow=test"]);
        Assert.Equal(1, scrape["ripieno_steps_total", "status=retried", "workflow=test"]);
        Assert.Equal(6, scrape["ripieno_steps_total"]);
        Assert.Equal(6, scrape["ripieno_step_duration_seconds_count"]);
        // The claims of those that were held may have been before anybody listened.
        Assert.InRange(scrape["ripieno_step_queue_wait_seconds_count", "queue=default"]!.Value, 4, 7);
        Assert.True(scrape["ripieno_step_queue_wait_seconds_sum"] >= 3 * 7);
        Assert.Equal((1, 2), (scrape["ripieno_worker_slots", "state=busy"], scrape["ripieno_worker_slots", "state=free"]));
        Assert.Equal(1, scrape["ripieno_runs_active"]);
        Assert.Equal(1, scrape["ripieno_instance_up"]);
        Assert.Equal(4.0 / 6, scrape["ripieno_instance_success_ratio"]!.Value, 6);
        Assert.Equal((0, 0), (scrape["ripieno_lease_expired_total"], scrape["ripieno_lease_fenced_total"]));
        Assert.True(scrape["ripieno_instance_cpu_seconds_total"] > 0);
        Assert.True(scrape["ripieno_instance_memory_bytes"] > 1_000_000);
        Assert.NotNull(scrape["ripieno_instance_network_bytes_total", "direction=receive"]);
        Assert.All(scrape.Samples, sample => Assert.Equal("named", sample.Labels.GetValueOrDefault("ripieno_instance")));
        Assert.DoesNotContain("secret-", scrape.Text, StringComparison.Ordinal);
        Assert.All(scrape.Samples, sample => Assert.DoesNotContain(sample.Labels, label => label.Key.StartsWith("otel_scope", StringComparison.Ordinal)));
        held[0].Finish();
    }

    [Fact]
    public async Task What_others_took_over_is_counted_as_expired_and_its_late_report_as_fenced()
    {
        await using var scene = await OpenAsync();
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("run", Step("a"));
        var store = new FaultyStore(scene.Store, (operation, _) => operation == nameof(IStore.RenewAsync) ? Fault.Unavailable : Fault.None);
        var options = scene.Options() with { Lease = new() { Duration = TimeSpan.FromSeconds(30), Heartbeat = TimeSpan.FromSeconds(10) } };
        await using var server = await ServerScene.OpenAsync(scene, await scene.StartAsync(options, store: store));
        await held.Began;

        // Silent for longer than its lease: another instance takes the step.
        scene.Time.Advance(TimeSpan.FromSeconds(40));
        var other = await scene.RegisterAsync("other", TimeSpan.FromDays(1));
        await scene.UntilAsync(async () => await scene.ClaimAsync(other, TimeSpan.FromDays(1)) is not null, TimeSpan.FromSeconds(1));
        held.Finish();
        await scene.UntilAsync(() => server.Worker.StepsDone == 1, TimeSpan.FromSeconds(1));

        var scrape = await Scrape.OfAsync(server.Client);
        Assert.Equal(1, scrape["ripieno_lease_fenced_total"]);
        Assert.Equal(1, scrape["ripieno_steps_total", "status=lost"]);
        Assert.Equal(0, scrape["ripieno_lease_expired_total"]);
        Assert.Equal(0, scrape["ripieno_instance_up"]);
    }

    [Fact]
    public async Task A_heartbeat_that_hears_of_a_lost_step_counts_it_as_expired()
    {
        await using var scene = await OpenAsync();
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("run", Step("a"));
        var store = new FaultyStore(scene.Store, (operation, _) => operation == nameof(IStore.RenewAsync) ? Fault.Unavailable : Fault.None);
        var options = scene.Options() with { Lease = new() { Duration = TimeSpan.FromSeconds(30), Heartbeat = TimeSpan.FromSeconds(10) } };
        await using var server = await ServerScene.OpenAsync(scene, await scene.StartAsync(options, store: store));
        await held.Began;
        scene.Time.Advance(TimeSpan.FromSeconds(40));
        var other = await scene.RegisterAsync("other", TimeSpan.FromDays(1));
        await scene.UntilAsync(async () => await scene.ClaimAsync(other, TimeSpan.FromDays(1)) is not null, TimeSpan.FromSeconds(1));

        store.Plan = (_, _) => Fault.None;
        await scene.UntilAsync(() => held.Aborted, TimeSpan.FromSeconds(1));
        await scene.UntilAsync(() => server.Worker.StepsDone == 1);

        var scrape = await Scrape.OfAsync(server.Client);
        Assert.Equal(1, scrape["ripieno_lease_expired_total"]);
        Assert.Equal(1, scrape["ripieno_steps_total", "status=lost"]);
    }

    [Fact]
    public async Task Meters_of_the_users_own_carry_the_instance_too_and_those_of_another_worker_of_the_process_stay_out()
    {
        using var meter = new Meter("Users.Own." + Guid.NewGuid());
        await using var scene = await OpenAsync();
        await scene.StartAsync(scene.Options(slots: 7), "other");
        await using var server = await ServerScene.OpenAsync(scene, await scene.StartAsync(scene.Options(slots: 2), "one"), "one", meters: meter.Name);
        meter.CreateCounter<long>("letters.sent", "{letter}").Add(3, new KeyValuePair<string, object?>("kind", "love"));

        var scrape = await Scrape.OfAsync(server.Client);

        var own = Assert.Single(scrape.Samples, sample => sample.Name == "letters_sent_total");
        Assert.Equal((3, "love", "one"), (own.Value, own.Labels["kind"], own.Labels["ripieno_instance"]));
        Assert.Equal(2, scrape["ripieno_worker_slots"]);
    }

    [Fact]
    public async Task The_whole_store_is_looked_at_every_ten_seconds_at_most()
    {
        await using var scene = await OpenAsync();
        await scene.SubmitAsync("elsewhere", [.. Enumerable.Range(0, 3).Select(number => Step($"e{number}") with { Class = new("gpu", "work") })]);
        await scene.SubmitAsync("pinned", Step("p") with { Class = new StepClass("gpu", "work").PinnedTo("another") });
        var held = scene.Executor.HoldNext("a");
        await scene.SubmitAsync("here", Step("a"));
        var store = new FaultyStore(scene.Store, (_, _) => Fault.None);
        var worker = await scene.StartAsync(scene.Options() with { Facts = Facts });
        await held.Began;
        // It tells that it is busy every five seconds.
        await scene.UntilAsync(
            async () => (await scene.Store.ListReportsAsync(default)) is [{ } told] && InstanceReportJson.Read(told.Report) is { Busy: 1 }, TimeSpan.FromSeconds(1));
        await using var server = await ServerScene.OpenAsync(scene, worker, store: store);

        var scrape = await Scrape.OfAsync(server.Client);
        Assert.Equal((3, 1), (scrape["ripieno_queue_depth", "queue=gpu", "state=ready"], scrape["ripieno_queue_depth", "queue=gpu", "state=pinned"]));
        Assert.Equal((0, 0), (scrape["ripieno_queue_depth", "queue=default"], scrape["ripieno_queue_oldest_age_seconds", "queue=default"]));
        Assert.True(scrape["ripieno_queue_oldest_age_seconds", "queue=gpu"] >= 1);
        Assert.Equal(5, scrape["ripieno_scaling_load"]);
        Assert.Null(scrape["ripieno_cluster_load_cv"]);

        await scene.SubmitAsync("more", Step("m") with { Class = new("gpu", "work") });
        Assert.Equal(5, (await Scrape.OfAsync(server.Client))["ripieno_scaling_load"]);
        scene.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(6, (await Scrape.OfAsync(server.Client))["ripieno_scaling_load"]);
        held.Finish();
    }

    [Fact]
    public async Task Figures_of_a_store_that_is_away_are_shown_for_a_minute_and_then_no_more()
    {
        await using var scene = await OpenAsync();
        var store = new FaultyStore(scene.Store, (_, _) => Fault.None);
        using var glance = new ClusterGlance(store, scene.Time);
        await glance.RefreshAsync(default);
        Assert.NotNull(glance.Last);

        store.Plan = (operation, _) => operation == nameof(IStore.ListInstancesAsync) ? Fault.Unavailable : Fault.None;
        scene.Time.Advance(TimeSpan.FromSeconds(59));
        await glance.RefreshAsync(default);
        Assert.NotNull(glance.Last);
        scene.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(glance.Last);
        Assert.Equal(1, store.Fired[(nameof(IStore.ListInstancesAsync), Fault.Unavailable)]);

        store.Plan = (_, _) => Fault.None;
        scene.Time.Advance(TimeSpan.FromSeconds(10));
        await glance.RefreshAsync(default);
        Assert.NotNull(glance.Last);
    }
}
