using System.Text.RegularExpressions;

namespace Ripieno.Tests.Hosting;

/// <summary>What docs/library.md shows stands in the samples, which are compiled and run by the tests with real processes.</summary>
public sealed partial class LibraryGuideTests
{
    private static readonly string Guide = File.ReadAllText(RepositoryRoot.File("docs/library.md"));

    [Fact]
    public void ItsSnippetsAreTheSamplesOwn()
    {
        var samples = Directory.GetFiles(RepositoryRoot.File("examples/csharp"), "*.cs").Select(file => File.ReadAllText(file)).ToList();
        var snippets = Snippet().Matches(Guide).Select(match => match.Groups["text"].Value).ToList();
        Assert.True(snippets.Count >= 7, "The guide's snippets were not found.");
        Assert.All(snippets, snippet => Assert.Contains(samples, sample => sample.Contains(snippet, StringComparison.Ordinal)));
    }

    [Fact]
    public void ItNamesWhatACoordinatorCanDo()
    {
        var methods = typeof(AgentCoordinator).GetMethods().Where(method => method.DeclaringType == typeof(AgentCoordinator) && !method.IsSpecialName).Select(method => method.Name)
            .Except([nameof(AgentCoordinator.DisposeAsync)], StringComparer.Ordinal);
        Assert.All(methods.Distinct(StringComparer.Ordinal), method => Assert.Contains(method, Guide, StringComparison.Ordinal));
    }

    [GeneratedRegex("```csharp\n(?<text>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Snippet();
}
