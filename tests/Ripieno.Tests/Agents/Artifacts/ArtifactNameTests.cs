using Ripieno.Agents.Artifacts;

namespace Ripieno.Tests.Agents.Artifacts;

public sealed class ArtifactNameTests
{
    public static readonly TheoryData<string> Evil =
    [
        "", "/", "/etc/passwd", "//server/share", "..", "../a", "a/../b", "a/..", "./a", ".", "a//b", "a/", ".git/config", "a/.b", "a.", "a./b",
        " a", "a ", "a/ b", "\u00A0a", "a\\b", "..\\..\\a", "C:\\a", "C:/a", "c:a", "a:b", "file.txt::$DATA", "a\0b", "a\nb", "a\u001Bb", "a\u007Fb",
        "%2e%2e/a", "%252e%252e/a", "a%2Fb", "%00", "a?b", "a*b", "a|b", "a<b", "a>b", "a\"b", "~/.ssh/id", "~root", "nul", "NUL.txt", "a/Con",
        "com1.log", "LPT9", "aux .c", "CONIN$", "com¹", "\u202Eexe.txt", "a\u200Bb", "\uFEFFa", "\uD800", "a\uDC00b", "․․/a", "a／b", "a∕b", "．．/a",
        "a\u2028b", "\uE000",
        Repeated("a", 101), Repeated("é", 101), Repeated("字", 80), string.Join('/', Enumerable.Repeat("abcdefghi", 31)),
    ];

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
        Assert.Null(ArtifactName.Problem(Repeated("a", 100)));
        Assert.Null(ArtifactName.Problem(string.Join('/', Enumerable.Repeat("abcdefghi", 30)) + "a"));
    }

    private static string Repeated(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

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
