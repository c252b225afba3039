using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workers;
using static Ripieno.Tests.Workers.WorkerScene;

namespace Ripieno.Tests.Workers;

/// <summary>Which steps a worker executes, in which order, and how many at once.</summary>
public sealed class WorkerFlowTests
{
    private static readonly StepClass OtherClass = new("default", "other");

    [Fact]
    [Trait("Promise", "I9")]
    public async Task A_step_begins_after_everything_that_it_depends_on_has_ended()
    {
        await using var scene = await OpenAsync();
        StepSpec[] steps = [Step("a"), Step("b", "a"), Step("c", "a"), Step("d", "b", "c"), Step("e"), Step("f", "e", "d")];
        await scene.SubmitAsync("run", steps);
        await scene.StartAsync(scene.Options(slots: 4));

        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run")).Status);

        var story = scene.Executor.Story.ToList();
        Assert.Equal(steps.Select(step => "+" + step.Key).Order(), story.Where(line => line[0] == '+').Order());
        foreach (var step in steps)
            Assert.All(step.DependsOn, dependency => Assert.True(story.IndexOf("-" + dependency) < story.IndexOf("+" + step.Key)));
    }

    [Fact]
    public async Task All_slots_are_used_and_never_more()
    {
        await using var scene = await OpenAsync();
        var keys = Enumerable.Range(0, 10).Select(number => "s" + number).ToList();
        var held = keys.ConvertAll(scene.Executor.HoldNext);
        await scene.SubmitAsync("run", [.. keys.Select(key => Step(key))]);
        var worker = await scene.StartAsync(scene.Options(slots: 3));

        for (var ended = 0; ended < keys.Count; ended++)
        {
            await scene.UntilAsync(() => scene.Executor.InFlight == Math.Min(3, keys.Count - ended));
            Assert.InRange(worker.Slots.Count, scene.Executor.InFlight, 3);
            held.First(step => step.Began.IsCompleted && !step.IsFinished).Finish();
            var now = ended + 1;
            await scene.UntilAsync(() => scene.Executor.Story.Count(line => line[0] == '-') == now);
        }

        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run")).Status);
        Assert.Equal(3, scene.Executor.MostInFlight);
    }

    [Fact]
    [Trait("Promise", "I18")]
    public async Task Steps_of_other_classes_are_left_to_instances_that_know_them()
    {
        await using var scene = await OpenAsync();
        await scene.SubmitAsync("run", Step("other") with { Class = OtherClass, Definition = "other" }, Step("mine"));
        await scene.StartAsync();

        await scene.StepBecomesAsync("run", "mine", step => step.Status == StepStatus.Succeeded);
        await scene.SettleAsync();
        var other = await scene.StepAsync("run", "other");
        Assert.Equal((StepStatus.Ready, 0), (other.Status, other.Epoch));

        await scene.StartAsync(scene.Options() with { Classes = [OtherClass] }, id: "two", executor: new ScriptedExecutor("other"));
        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run")).Status);
    }

    [Fact]
    public async Task A_worker_for_one_run_leaves_other_runs_alone()
    {
        await using var scene = await OpenAsync();
        await scene.SubmitAsync("theirs", Step("a"));
        await scene.SubmitAsync("mine", Step("b"), Step("c", "b"));
        await scene.StartAsync(scene.Options(slots: 2) with { Runs = RunSelection.Only("mine") });

        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("mine")).Status);
        await scene.SettleAsync();
        Assert.Equal(0, (await scene.StepAsync("theirs", "a")).Epoch);
    }

    [Fact]
    public async Task Work_submitted_later_is_taken_at_once_and_by_another_process_within_a_moment()
    {
        await using var scene = await OpenAsync();
        await scene.StartAsync();
        await scene.SubmitAsync("here", Step("a"));
        await scene.RunEndsAsync("here");

        var elsewhere = await scene.OpenStoreAsync();
        var before = scene.Time.GetUtcNow();
        await elsewhere.SubmitAsync(await SubmissionAsync(scene, "there"), CancellationToken.None);
        await scene.RunEndsAsync("there", TimeSpan.FromMilliseconds(10));

        Assert.True(scene.Time.GetUtcNow() > before);
    }

    [Fact]
    public async Task Steps_that_a_step_adds_are_executed_and_its_dependents_wait_for_them()
    {
        await using var scene = await OpenAsync();
        scene.Executor.NextCompletes("plan", new() { Expansion = new(ExpansionTarget.Self, [Step("plan/x"), Step("plan/y", "plan/x")]) });
        await scene.SubmitAsync("run", Step("plan"), Step("after", "plan"));
        await scene.StartAsync(scene.Options(slots: 3));

        Assert.Equal(RunStatus.Succeeded, (await scene.RunEndsAsync("run")).Status);
        Assert.Equal(["+plan", "-plan", "+plan/x", "-plan/x", "+plan/y", "-plan/y", "+after", "-after"], scene.Executor.Story);
    }

    private static async Task<RunSubmission> SubmissionAsync(WorkerScene scene, string run)
    {
        var stored = await scene.Store.FindSnapshotAsync((await scene.Store.FindRunAsync("here", default))!.SnapshotHash, default);
        return new()
        {
            Id = run,
            Fingerprint = ContentHash.Of(default),
            Title = run,
            Workflow = "test",
            Snapshot = stored!.Value,
            Steps = [Step("a")],
        };
    }
}
