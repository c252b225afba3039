using System.Text;
using CsCheck;
using Ripieno.Backlogs;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Tests.Backlogs;

/// <summary>Whatever stands in a backlog, the answer is a checked backlog or a list of problems, never another exception.</summary>
public sealed class BacklogRandomTests
{
    private static readonly byte[] Json = File.ReadAllBytes(RepositoryRoot.File("examples/backlog.json"));
    private static readonly byte[] Markdown = File.ReadAllBytes(RepositoryRoot.File("examples/backlog.md"));

    [Fact]
    public void Random_bytes_are_read_or_refused_in_order() => Gen.Byte.Array[0, 200].Sample(bytes => ReadsOrRefuses(bytes, null), iter: 1500);

    [Fact]
    public void Random_text_is_read_or_refused_in_order() =>
        Gen.Select(Gen.String, Gen.Int[0, 2]).Sample((text, format) => ReadsOrRefuses(Encoding.UTF8.GetBytes(text), (BacklogFormat)format), iter: 1500);

    [Fact]
    public void Mutated_JSON_is_read_or_refused_in_order() => Mutation.Of(Json).Sample(bytes => ReadsOrRefuses(bytes, BacklogFormat.Json), iter: 1500);

    [Fact]
    public void Mutated_Markdown_is_read_or_refused_in_order() => Mutation.Of(Markdown).Sample(bytes => ReadsOrRefuses(bytes, BacklogFormat.Markdown), iter: 1500);

    private static void ReadsOrRefuses(byte[] bytes, BacklogFormat? format)
    {
        try
        {
            var backlog = BacklogReader.Read(SourceText.Decode("b", bytes), format, "b");
            var ids = backlog.Entries.Select(entry => entry.Id).ToHashSet(StringComparer.Ordinal);
            Assert.Equal(backlog.Entries.Length, ids.Count);
            Assert.All(backlog.Entries, entry => Assert.True(BacklogNames.IsId(entry.Id) && entry.Dependencies.All(ids.Contains)));
        }
        catch (InvalidInputException refusal)
        {
            Assert.NotEmpty(refusal.Problems);
        }
    }
}
