using Microsoft.Extensions.Time.Testing;
using Ripieno.Coordination;
using Ripieno.Errors;

namespace Ripieno.Tests.Coordination;

public sealed class RunIdTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("release-2.1_b")]
    [InlineData("_x")]
    [InlineData("0")]
    public void Plain_ids_may_be_used(string id) => RunId.Check(id);

    [Theory]
    [InlineData("")]
    [InlineData(".hidden")]
    [InlineData("-flag")]
    [InlineData("dot.")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("..")]
    [InlineData("ärger")]
    [InlineData("a\n")]
    public void Other_ids_are_refused_and_the_rule_is_told(string id)
    {
        var refusal = Assert.Throws<InvalidInputException>(() => RunId.Check(id));

        Assert.Equal(("run id", $"'{id}'"), (Assert.Single(refusal.Problems).Place, refusal.Problems[0].Found));
        Assert.Contains("1 to 100 letters, digits", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hundred_characters_are_the_most()
    {
        RunId.Check(new string('a', 100));
        Assert.Throws<InvalidInputException>(() => RunId.Check(new string('a', 101)));
    }

    [Fact]
    public void A_made_id_tells_its_moment_may_be_used_and_differs_from_the_next()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2031, 2, 3, 4, 5, 6, TimeSpan.Zero));
        var ids = Enumerable.Range(0, 20).Select(_ => RunId.New(time)).ToList();

        Assert.All(ids, id => Assert.Matches("^20310203-040506-[b-z]{4}$", id));
        Assert.All(ids, RunId.Check);
        Assert.True(ids.Distinct(StringComparer.Ordinal).Count() > 15);
    }
}
