using Ripieno.Configuration;
using Ripieno.Errors;

namespace Ripieno.Tests.BadInput;

public sealed class BadConfigTests
{
    public static TheoryData<string> Files => BadInputFile.Names("config");

    [Theory]
    [MemberData(nameof(Files))]
    [Trait("Promise", "I17")]
    public void A_bad_config_is_refused_with_its_line_and_what_was_expected(string name)
    {
        var file = BadInputFile.Of("config", name);
        var folder = Path.GetDirectoryName(file.Path)!;

        var refusal = Assert.Throws<InvalidInputException>(() => ConfigurationLoader.Load(name, CommandLineOverrides.None, folder, _ => null));

        var problem = Assert.Single(refusal.Problems);
        Assert.Equal(name, problem.File);
        Assert.Equal(file.Line, problem.Line);
        Assert.All(file.Texts, text => Assert.Contains(text, problem.ToString(), StringComparison.Ordinal));
        Assert.Contains("found", problem.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_bad_config_on_disk_has_an_expectation()
    {
        var listed = BadInputFile.All("config").ToList();
        var present = Directory.EnumerateFiles(Path.GetDirectoryName(listed[0].Path)!);

        Assert.Equal(present.Order(StringComparer.Ordinal), listed.Select(file => file.Path).Order(StringComparer.Ordinal));
        Assert.True(listed.Count >= 30);
    }
}
