using System.Text;
using Ripieno.Backlogs;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Tests.Backlogs;

public sealed class BacklogReaderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ripieno-backlog-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Words_that_name_no_file_are_a_sentence()
    {
        var backlog = Read("Build a shop with login");

        Assert.Equal("Build a shop with login", backlog.Title);
        Assert.Equal(("Build a shop with login", "build-a-shop-with-login"), (Assert.Single(backlog.Entries).Title, backlog.Entries[0].Id));
    }

    [Fact]
    public void A_long_sentence_keeps_its_whole_text_as_description()
    {
        var sentence = string.Join(' ', Enumerable.Repeat("word", 100));

        var entry = Assert.Single(Read(sentence).Entries);

        Assert.Equal(200, entry.Title.Length);
        Assert.Equal(sentence, entry.Description);
    }

    [Theory]
    [InlineData("backlog.jsn.json", "Did you mean \"backlog.json\"?")]
    [InlineData("./bcklog.json", "Did you mean \"backlog.json\"?")]
    [InlineData("nothing/like/it", null)]
    [InlineData("zzzzzzzzzz.md", null)]
    public void A_word_that_looks_like_a_file_must_be_one(string argument, string? suggestion)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "backlog.json"), "[]");

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => Read(argument)).Problems);

        Assert.Equal($"no such file {argument}", problem.Found);
        Assert.Equal(suggestion, problem.NextStep);
    }

    [Fact]
    public void A_file_with_spaces_in_its_name_is_a_file()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "my backlog.md"), "# A\n# B\n");

        Assert.Equal(("my backlog", 2), (Read("my backlog.md").Title, Read("my backlog.md").Entries.Length));
    }

    [Theory]
    [InlineData("[ { \"title\": \"A\" }, { \"title\": \"B\" } ]")]
    [InlineData("// comment\n[ { \"title\": \"A\" }, { \"title\": \"B\" } ]")]
    [InlineData("# T\n## A\n## B\n")]
    [InlineData("- [ ] A\n- [ ] B\n")]
    [InlineData("A\n\nB\n")]
    [InlineData("1. A\n2) B\n")]
    [InlineData("- A\n* B\n")]
    public void Standard_input_is_what_it_looks_like(string text) => Assert.Equal(["A", "B"], Read("-", text).Entries.Select(entry => entry.Title));

    [Fact]
    public void A_line_on_standard_input_is_a_sentence() => Assert.Equal("Build a shop", Read("-", "Build a shop\n").Title);

    [Fact]
    public void An_empty_standard_input_is_refused() =>
        Assert.Equal("no entries", Assert.Single(Assert.Throws<InvalidInputException>(() => Read("-", " \n")).Problems).Found);

    [Fact]
    public void A_file_over_32_MB_is_refused_without_being_read()
    {
        using (var file = File.Create(Path.Combine(_folder.FullName, "big.json")))
            file.SetLength((32L * 1024 * 1024) + 1);

        Assert.Equal("more than 32 MB", Assert.Single(Assert.Throws<InvalidInputException>(() => Read("big.json")).Problems).Found);
    }

    [Fact]
    public void A_description_over_1_MB_is_refused()
    {
        var problems = BacklogText.Problems(() => BacklogText.Markdown("## A\n" + new string('x', (1024 * 1024) + 1)));

        Assert.Equal("entry \"A\", description", Assert.Single(problems).Place);
    }

    [Fact]
    public void The_two_examples_are_the_same_backlog()
    {
        var json = BacklogReader.ReadFile("backlog.json", RepositoryRoot.File("examples/backlog.json"));
        var markdown = BacklogReader.ReadFile("backlog.md", RepositoryRoot.File("examples/backlog.md"));

        Assert.Equal(json.Title, markdown.Title);
        Assert.Equal(json.Entries.Select(Comparable), markdown.Entries.Select(Comparable));
        Assert.Contains(json.Entries, entry => entry.Dependencies.Length > 1);
        Assert.True(json.Entries.Count(entry => entry.Dependencies.IsEmpty) > 1);
    }

    [Fact]
    public void A_byte_order_mark_is_fine() =>
        Assert.Equal("A", BacklogReader.Read(SourceText.Decode("b", [0xEF, 0xBB, 0xBF, (byte)'#', (byte)' ', (byte)'A']), null, "b").Entries[0].Title);

    private static string Comparable(BacklogEntry entry) =>
        $"{entry.Id}|{entry.Title}|{entry.Description}|{entry.Priority}|{entry.Estimate}|{string.Join(',', entry.Dependencies)}";

    private Backlog Read(string argument, string input = "") =>
        BacklogReader.ReadArgument(argument, _folder.FullName, () => new MemoryStream(Encoding.UTF8.GetBytes(input)));
}
