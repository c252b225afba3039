using Ripieno.Runs;
using Ripieno.Storage;
using static Ripieno.Tests.Workers.WorkerScene;

namespace Ripieno.Tests.Workers;

/// <summary>Steps that are pinned to instances, and workers that take only some runs.</summary>
public sealed class PinnedWorkTests
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task A_worker_takes_what_is_pinned_to_it_and_leaves_what_is_pinned_to_another_that_lives()
    {
        await using var scene = await OpenAsync();
        await scene.RegisterAsync("two", TimeSpan.FromDays(1));
        await scene.SubmitAsync("mine", Pinned("m1", "one"), Pinned("m2", "one", "m1"));
        await scene.SubmitAsync("other", Pinned("o1", "two"));
        await scene.StartAsync(id: "one");

        await scene.RunEndsAsync("mine", Pace);
        await scene.SubmitAsync("later", Pinned("l1", "one"));
        await scene.RunEndsAsync("later", Pace);

        Assert.Equal(StepStatus.Ready, (await scene.StepAsync("other", "o1")).Status);
        Assert.DoesNotContain("+o1", scene.Executor.Story);
    }

    [Fact]
    public async Task What_was_pinned_to_an_instance_that_is_lost_is_anybodys()
    {
        await using var scene = await OpenAsync();
        var lost = await scene.RegisterAsync("two", TimeSpan.FromMinutes(1));
        await scene.SubmitAsync("run", Pinned("a", "two"), Pinned("b", "two", "a"));
        await scene.StartAsync(id: "one");
        Assert.Equal("a", (await scene.ClaimAsync(lost, TimeSpan.FromMinutes(1), Work.PinnedTo("two")))!.Key);
        await scene.SettleAsync();
        Assert.Empty(scene.Executor.Story);

        await scene.RunEndsAsync("run", Pace);

        Assert.Equal(["+a", "-a", "+b", "-b"], scene.Executor.Story);
        Assert.Equal(2, (await scene.StepAsync("run", "a")).Epoch);
    }

    [Fact]
    public async Task An_instance_without_slots_holds_nothing_for_itself()
    {
        await using var scene = await OpenAsync();
        await scene.Store.RegisterInstanceAsync(Ripieno.Workers.ThisInstance.Describe("two", 0, scene.Time), TimeSpan.FromDays(1), default);
        await scene.SubmitAsync("run", Pinned("a", "two"));
        await scene.StartAsync(id: "one");
        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run", Pace)).Status);
    }

    [Fact]
    public async Task A_worker_does_not_take_over_what_it_has_no_executor_for()
    {
        await using var scene = await OpenAsync();
        await scene.SubmitAsync("foreign", Step("x") with { Class = new StepClass("default", "other").PinnedTo("gone"), Definition = "other" });
        await scene.SubmitAsync("other-queue", Step("y") with { Class = new StepClass("gpu", "work").PinnedTo("gone") });
        await scene.StartAsync(id: "one");
        await scene.SubmitAsync("run", Pinned("a", "gone"));
        await scene.RunEndsAsync("run", Pace);

        Assert.Equal((StepStatus.Ready, StepStatus.Ready), ((await scene.StepAsync("foreign", "x")).Status, (await scene.StepAsync("other-queue", "y")).Status));
    }

    [Fact]
    public async Task A_worker_for_some_runs_takes_those_whose_ids_match_also_when_they_come_later()
    {
        await using var scene = await OpenAsync();
        await scene.SubmitAsync("instance1_a", Step("a"));
        await scene.SubmitAsync("instance2_b", Step("b"));
        await scene.StartAsync(scene.Options() with { Runs = Ripieno.Workers.RunSelection.Of(["instance1_*", "night-?"]) });
        await scene.RunEndsAsync("instance1_a", Pace);
        await scene.SubmitAsync("night-7", Step("c"), Step("d", "c"));
        await scene.SubmitAsync("night-77", Step("e"));
        await scene.SubmitAsync("instance1_z", Pinned("f", "gone"));
        await scene.RunEndsAsync("night-7", Pace);
        await scene.RunEndsAsync("instance1_z", Pace);

        Assert.Equal(["+a", "+c", "+d", "+f"], scene.Executor.Story.Where(line => line[0] == '+').Order());
        Assert.Equal((StepStatus.Ready, StepStatus.Ready), ((await scene.StepAsync("instance2_b", "b")).Status, (await scene.StepAsync("night-77", "e")).Status));
    }

    [Fact]
    public void Of_very_many_runs_each_has_its_turn()
    {
        var selection = Ripieno.Workers.RunSelection.Of(["*"]);
        var ids = Enumerable.Range(0, 250).Select(i => $"run-{i}").ToList();
        selection.Set(ids);
        var seen = Enumerable.Range(0, 3).SelectMany(_ => selection.Next([Work])).Select(one => one.RunId!).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(250, seen.Count);
        selection.Set(ids[..3]);
        Assert.Equal(ids[..3].Order(), selection.Next([Work]).Select(one => one.RunId!).Order());
    }

    [Fact]
    public async Task Only_one_instance_at_a_time_makes_room_for_a_fresh_process()
    {
        await using var scene = await OpenAsync();
        var (first, second) = (await scene.RegisterAsync("one", TimeSpan.FromDays(1)), await scene.RegisterAsync("two", TimeSpan.FromDays(1)));
        var (mine, others) = (Turn(first), Turn(second));
        Assert.True(await mine.IsOursAsync(default));
        Assert.False(await others.IsOursAsync(default));

        await scene.Store.EndInstanceAsync(first.Incarnation, InstanceEnd.Stopped, default);
        // It asks again after a moment, not at once.
        Assert.False(await others.IsOursAsync(default));
        scene.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(await others.IsOursAsync(default));

        Ripieno.Workers.RecyclingTurn Turn(InstanceRecord instance) => new(scene.Store, instance.Incarnation, TimeSpan.FromSeconds(30), scene.Time);
    }

    private static StepSpec Pinned(string key, string instance, params string[] dependsOn) => Step(key, dependsOn) with { Class = Work.PinnedTo(instance) };
}
