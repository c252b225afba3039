using Ripieno.Backlogs;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Tests.Backlogs;

internal static class BacklogText
{
    public static Backlog Json(string text) => BacklogReader.Read(new SourceText("b.json", text), BacklogFormat.Json, "b");

    public static Backlog Markdown(string text) => BacklogReader.Read(new SourceText("b.md", text), BacklogFormat.Markdown, "b");

    public static Backlog Any(string text) => BacklogReader.Read(new SourceText("b", text), null, "b");

    public static IReadOnlyList<Problem> Problems(Func<Backlog> read) => Assert.Throws<InvalidInputException>(() => read()).Problems;
}
