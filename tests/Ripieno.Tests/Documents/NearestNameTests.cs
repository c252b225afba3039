using Ripieno.Documents;

namespace Ripieno.Tests.Documents;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("concurency", "concurrency")]
    [InlineData("Default_Model", "defaultModel")]
    [InlineData("hots", "host")]
    [InlineData("banana", null)]
    [InlineData("", null)]
    public void The_name_that_was_probably_meant_is_found(string written, string? meant) =>
        Assert.Equal(meant, NearestName.Of(written, ["concurrency", "defaultModel", "host", "endpoints"]));
}
