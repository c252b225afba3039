using Ripieno.Agents.Artifacts;

namespace Ripieno.Tests.Agents.Artifacts;

public sealed class ArtifactNameTests
{
    public static readonly TheoryData<string> Evil = [.. EvilNames.Known];

    [Theory]
    [MemberData(nameof(Evil), DisableDiscoveryEnumeration = true)]
    public void Names_that_could_mean_something_else_somewhere_are_refused(string path) => Assert.NotNull(ArtifactName.Problem(path));

    [Theory]
    [InlineData("plan.md")]
    [InlineData("src/login.py")]
    [InlineData("Größe/数据 🙂.txt")]
    [InlineData("100% sure, 50%.md")]
    [InlineData("a b/c-d_e+f@g (1).txt")]
    [InlineData("nullable.cs")]
    [InlineData("a..b")]
    [InlineData("Makefile")]
    public void Plain_names_are_fine(string path) => Assert.Null(ArtifactName.Problem(path));

    [Fact]
    public void The_limits_themselves_are_allowed()
    {
        Assert.Null(ArtifactName.Problem(EvilNames.Repeated("a", 100)));
        Assert.Null(ArtifactName.Problem(string.Join('/', Enumerable.Repeat("abcdefghi", 30)) + "a"));
    }

    [Fact]
    public void Control_characters_do_not_reach_the_message() =>
        Assert.DoesNotContain(ArtifactName.Problems(["a\u001B[31m", "b\u202E"]), problem => problem.Any(char.IsControl) || problem.Contains('\u202E', StringComparison.Ordinal));

    [Fact]
    public void Paths_of_one_task_must_not_meet()
    {
        string[] problems = [.. ArtifactName.Problems(["Docs/readme.md", "docs/README.md", "docs", "Not-Accepted.md", "sub/NOT-ACCEPTED.md"])];

        Assert.Contains(problems, problem => problem.Contains("'Docs/readme.md' is used 2 times", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Contains("'docs/README.md' lies in 'docs'", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Contains("'Not-Accepted.md' is reserved", StringComparison.Ordinal));
        Assert.DoesNotContain(problems, problem => problem.Contains("sub/", StringComparison.Ordinal));
    }
}
