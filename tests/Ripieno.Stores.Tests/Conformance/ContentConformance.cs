using System.Text;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

public abstract class ContentConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(511, true)]
    [InlineData(512, true)]
    [InlineData(512, false)]
    [InlineData(ContentLimits.Result, true)]
    [InlineData(ContentLimits.Result, false)]
    public async Task A_result_comes_back_byte_for_byte(int size, bool compressible)
    {
        var content = Bytes(size, compressible);
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        await CompleteAsync("a", new() { Result = content });

        var hash = (await StepAsync("r", "a")).Result;

        Assert.Equal(ContentHash.Of(content), hash);
        Assert.Equal(content, (await Store.FindResultAsync("r", 0, None))!.Value.ToArray());
    }

    [Fact]
    public async Task A_step_without_a_result_has_none()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        await CompleteAsync("a");
        Assert.Null((await StepAsync("r", "a")).Result);
        Assert.Null(await Store.FindResultAsync("r", 0, None));
        Assert.Null(await Store.FindResultAsync("r", 9, None));
        Assert.Null((await RunAsync("r")).InputHash);
    }

    [Fact]
    public async Task Artifacts_are_listed_and_come_back()
    {
        var big = Bytes(ContentLimits.Artifacts, compressible: false);
        await SubmitAsync("r", Step("a"), Step("b"));
        await ClaimAsync();
        await CompleteAsync("a", new() { Artifacts = [new("src/z.cs", "z"u8.ToArray()), new("src/a.cs", "a"u8.ToArray()), new("empty", default)] });
        await CompleteAsync("b", new() { Artifacts = [new("big.bin", big)] });

        var all = await Store.ListArtifactsAsync("r", null, None);

        Assert.Equal(
            [(0, "a", "empty", 0), (0, "a", "src/a.cs", 1), (0, "a", "src/z.cs", 1), (1, "b", "big.bin", (long)ContentLimits.Artifacts)],
            all.Select(one => (one.StepIndex, one.StepKey, one.Name, one.Size)));
        Assert.Equal(all.Where(one => one.StepIndex == 1), await Store.ListArtifactsAsync("r", 1, None));
        Assert.Equal("z"u8.ToArray(), (await Store.FindContentAsync("r", all[2].Hash, None))!.Value.ToArray());
        Assert.Equal(big, (await Store.FindContentAsync("r", all[3].Hash, None))!.Value.ToArray());
        Assert.Empty((await Store.FindContentAsync("r", all[0].Hash, None))!.Value.ToArray());
    }

    [Fact]
    public async Task Equal_contents_are_one_content_under_many_names()
    {
        await SubmitAsync("r", Step("a") with { Input = "same"u8.ToArray() }, Step("b") with { Input = "same"u8.ToArray() });
        await ClaimAsync();
        await CompleteAsync("a", new() { Result = "same"u8.ToArray(), Artifacts = [new("one", "same"u8.ToArray()), new("two", "same"u8.ToArray())] });
        await CompleteAsync("b", new() { Artifacts = [new("one", "same"u8.ToArray())] });

        var artifacts = await Store.ListArtifactsAsync("r", null, None);

        Assert.Equal(3, artifacts.Count);
        Assert.Equal((await StepAsync("r", "a")).Result, Assert.Single(artifacts.Select(one => one.Hash).Distinct()));
    }

    [Fact]
    public async Task Content_belongs_to_its_run()
    {
        await SubmitAsync("r1", Step("a") with { Input = "mine"u8.ToArray() });
        await SubmitAsync("r2", Step("a"));
        Assert.NotNull(await Store.FindContentAsync("r1", ContentHash.Of("mine"u8), None));
        Assert.Null(await Store.FindContentAsync("r2", ContentHash.Of("mine"u8), None));
        Assert.Null(await Store.FindContentAsync("nowhere", ContentHash.Of("mine"u8), None));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task Runs_share_a_snapshot(int size)
    {
        var snapshot = Bytes(size, compressible: true);
        await Store.SubmitAsync(Run("r1", Step("a")) with { Snapshot = snapshot }, None);
        await Store.SubmitAsync(Run("r2", Step("a")) with { Snapshot = snapshot }, None);
        Assert.Equal((await RunAsync("r1")).SnapshotHash, (await RunAsync("r2")).SnapshotHash);
        Assert.Equal(snapshot, (await Store.FindSnapshotAsync((await RunAsync("r2")).SnapshotHash, None))!.Value.ToArray());
        Assert.Null(await Store.FindSnapshotAsync(ContentHash.Of("other"u8), None));
    }

    [Fact]
    public async Task A_later_generation_replaces_the_artifacts_of_the_same_name()
    {
        await SubmitAsync("r", Step("bad"), Summary("sum", "bad"));
        await ClaimAsync();
        await FailAsync("bad");
        await ClaimAsync();
        await CompleteAsync("sum", new() { Artifacts = [new("report", "first"u8.ToArray())] });
        await Store.RetryAsync("r", [], None);
        await ClaimAsync();
        await CompleteAsync("bad");
        await ClaimAsync();
        await CompleteAsync("sum", new() { Artifacts = [new("report", "second"u8.ToArray())] });

        Assert.Equal(ContentHash.Of("second"u8), Assert.Single(await Store.ListArtifactsAsync("r", 1, None)).Hash);
    }

    private static byte[] Bytes(int size, bool compressible)
    {
        if (compressible)
            return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("all work and no play ", size / 21 + 1)))[..size];
        var bytes = new byte[size];
        new Random(4711).NextBytes(bytes);
        return bytes;
    }
}
