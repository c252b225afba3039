using Ripieno.Backlogs;
using Ripieno.Errors;

namespace Ripieno.Tests.BadInput;

public sealed class BadBacklogTests
{
    public static TheoryData<string> Files => BadInputFile.Names("backlogs");

    [Theory]
    [MemberData(nameof(Files))]
    public void A_bad_backlog_is_refused_with_its_line_and_what_was_expected(string name)
    {
        var file = BadInputFile.Of("backlogs", name);

        var refusal = Assert.Throws<InvalidInputException>(() => BacklogReader.ReadFile(name, file.Path));

        var problem = Assert.Single(refusal.Problems);
        Assert.Equal(name, problem.File);
        Assert.Equal(file.Line, problem.Line);
        Assert.All(file.Texts, text => Assert.Contains(text, problem.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Every_bad_backlog_on_disk_has_an_expectation()
    {
        var listed = BadInputFile.All("backlogs").ToList();
        var present = Directory.EnumerateFiles(Path.GetDirectoryName(listed[0].Path)!);

        Assert.Equal(present.Order(StringComparer.Ordinal), listed.Select(file => file.Path).Order(StringComparer.Ordinal));
        Assert.True(listed.Count >= 20);
    }
}
