using Ripieno.Errors;

namespace Ripieno.Stores.Tests.Conformance;

public abstract class SchemaVersionConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    [Fact]
    [Trait("Promise", "I17")]
    public async Task What_a_newer_version_wrote_is_refused_with_both_versions()
    {
        var known = Store.Description.SchemaVersion;
        await SubmitAsync("r", Step("a"));
        await Store.DisposeAsync();
        await Fixture.RaiseSchemaVersionAsync();

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(Fixture.OpenAsync);

        Assert.Contains("99", refused.Message, StringComparison.Ordinal);
        Assert.Contains(known.ToString(), refused.Message, StringComparison.Ordinal);
        Assert.Contains("newer Ripieno", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_version_is_opened_again()
    {
        await SubmitAsync("r", Step("a"));
        await Store.DisposeAsync();
        await using var again = await Fixture.OpenAsync();
        Assert.NotNull(await again.FindRunAsync("r", None));
    }

    [Fact]
    public async Task A_closed_store_says_so()
    {
        await Store.DisposeAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => SubmitAsync("r", Step("a")));
    }
}
