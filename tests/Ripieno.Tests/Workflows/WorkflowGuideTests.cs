using System.Text.RegularExpressions;
using Ripieno.Configuration;
using Ripieno.Tests.Configuration;
using Ripieno.Workflows;
using Ripieno.Workflows.Expressions;

namespace Ripieno.Tests.Workflows;

/// <summary>What docs/workflows.md shows is taken as it stands there.</summary>
public sealed partial class WorkflowGuideTests
{
    private static readonly string Guide = File.ReadAllText(RepositoryRoot.File("docs/workflows.md"));

    [Fact]
    public void Its_configurations_and_steps_are_valid()
    {
        var blocks = Blocks("jsonc").ToList();
        Assert.True(blocks.Count >= 2, "The guide's blocks were not found.");
        foreach (var block in blocks)
        {
            using var folder = new ConfigFolder();
            // A whole file, or one step of a workflow that has a draft.
            var text = block.Contains("\"workflows\"", StringComparison.Ordinal)
                ? block
                : $$"""{ "agents": [ { "id": "writer" } ], "workflows": { "one": { "steps": [ { "id": "draft", "agent": "writer", "prompt": "Write" }, {{block}} ] } } }""";
            var configuration = folder.With(ConfigurationFile.Standard, text).With("prompts/analyst.prompt", "You analyse.").Load();
            Assert.All(configuration.Options.Workflows.Own.Keys, name => Assert.NotEmpty(RunSnapshots.Take(configuration.Options, folder.Path, name).Workflow.Steps));
        }
    }

    [Fact]
    public void Its_conditions_are_conditions()
    {
        var lines = Blocks("text").Single(block => block.Contains("triage.kind", StringComparison.Ordinal)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.NotNull(ConditionParser.Parse(line)));
    }

    [Fact]
    public void It_names_every_key_of_a_workflow() => Assert.All(
        WorkflowKeys.Own.Keys.Concat(((Ripieno.Configuration.Shapes.ObjectShape)WorkflowKeys.StepList.Item).Keys), key => Assert.Contains($"`{key.Name}`", Guide, StringComparison.Ordinal));

    private static IEnumerable<string> Blocks(string language) =>
        Block().Matches(Guide).Where(match => match.Groups["language"].Value == language).Select(match => match.Groups["text"].Value);

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Block();
}
