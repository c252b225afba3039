namespace Ripieno.Tests;

public sealed class PromiseTests
{
    private const string Mark = "[Trait(\"Promise\", \"";

    /// <summary>A promise whose tests were renamed away, or a test of a promise that nobody reads, would both go unnoticed.</summary>
    [Fact]
    public void Each_promise_has_tests_that_name_it_and_each_name_is_promised()
    {
        var promised = File.ReadLines(RepositoryRoot.File("docs/promises.md")).Where(line => line.StartsWith("| I", StringComparison.Ordinal))
            .Select(line => line.Split('|')[1].Trim());
        var named = Directory.EnumerateFiles(RepositoryRoot.File("tests"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(File.ReadLines).Select(line => line.Trim()).Where(line => line.StartsWith(Mark, StringComparison.Ordinal))
            .Select(line => line[Mark.Length..line.LastIndexOf('"')]);

        Assert.Equal(promised.Order(StringComparer.Ordinal), named.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }
}
