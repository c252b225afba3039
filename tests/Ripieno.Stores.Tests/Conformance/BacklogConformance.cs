using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>How much is ready where, and what is pinned to instances.</summary>
public abstract class BacklogConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    private static readonly StepClass Gpu = new("gpu", "work");

    private static readonly StepClass Pinned = new StepClass("default", "work").PinnedTo("host-7");

    [Fact]
    public async Task What_is_ready_is_counted_by_class()
    {
        Assert.Empty(await Store.ListBacklogAsync(None));
        var began = Time.GetUtcNow();
        await SubmitAsync("one", Step("a"), Step("b"), Step("c", "a"), Step("g") with { Class = Gpu });
        Time.Advance(TimeSpan.FromSeconds(3));
        await SubmitAsync("two", Step("d"));

        Assert.Equal([new(Work, 3, began), new(Gpu, 1, began)], await Store.ListBacklogAsync(None));

        Assert.Equal(["a", "b"], await ClaimAsync(2, run: "one"));
        Assert.Equal([new(Work, 1, Time.GetUtcNow()), new(Gpu, 1, began)], await Store.ListBacklogAsync(None));
        Time.Advance(TimeSpan.FromSeconds(1));
        await CompleteAsync("a");
        await FailAsync("b", retryIn: TimeSpan.FromMinutes(1));
        // What waits is not ready; what has become so is.
        Assert.Equal([new(Work, 2, began + TimeSpan.FromSeconds(3)), new(Gpu, 1, began)], await Store.ListBacklogAsync(None));
    }

    [Fact]
    public async Task Many_ready_steps_of_a_run_are_all_counted()
    {
        await SubmitAsync("wide", [.. Enumerable.Range(0, 60).Select(i => Step($"s{i}"))]);
        Assert.Equal(60, Assert.Single(await Store.ListBacklogAsync(None)).Ready);
        await ClaimAsync(7);
        Assert.Equal(53, Assert.Single(await Store.ListBacklogAsync(None)).Ready);
    }

    [Fact]
    public async Task Steps_that_instances_have_died_of_are_counted_too()
    {
        await SubmitAsync("run", Step("a"), Step("b"));
        for (var death = 0; death < 2; death++)
        {
            var victim = await RegisterAsync($"victim-{death}");
            Assert.Equal(["a"], await ClaimAsync(1, by: victim));
            await Store.EndInstanceAsync(victim, InstanceEnd.Died, None);
        }

        Assert.Equal(2, Assert.Single(await Store.ListBacklogAsync(None)).Ready);
    }

    [Fact]
    public async Task Classes_that_are_pinned_are_told_while_something_is_ready_there()
    {
        await SubmitAsync("free", Step("a"));
        Assert.Empty(await Store.ListPinnedAsync(None));
        await SubmitAsync("pinned", Step("b") with { Class = Pinned });
        Assert.Equal([Pinned], await Store.ListPinnedAsync(None));
        Assert.Equal(("host-7", "default"), (Pinned.Instance, Pinned.Shared));
        Assert.Equal((null, "default"), (Work.Instance, Work.Shared));

        Assert.Equal(["b"], await ClaimAsync(of: Pinned));
        Assert.Empty(await Store.ListPinnedAsync(None));
        await Store.ReleaseAsync(LeaseOf("b"), None);
        Assert.Equal([Pinned], await Store.ListPinnedAsync(None));
    }
}
