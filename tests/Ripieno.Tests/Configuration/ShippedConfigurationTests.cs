using System.Text.Json.Nodes;
using NJsonSchema;
using Ripieno.Configuration;

namespace Ripieno.Tests.Configuration;

public sealed class ShippedConfigurationTests
{
    private static string ConfigText { get; } = File.ReadAllText(RepositoryRoot.File("config/agents.config.json"));

    private static string SchemaText { get; } = File.ReadAllText(RepositoryRoot.File("config/agents.config.schema.json"));

    [Fact]
    public void The_shipped_config_loads_and_says_what_the_defaults_say()
    {
        using var folder = new ConfigFolder();
        folder.With("config/agents.config.json", ConfigText)
            .With("prompts/planner.prompt", "").With("prompts/executor.prompt", "").With("prompts/reviewer.prompt", "");

        var options = folder.Load().Options;

        var agents = options.Agents.Select(agent => agent with { Prompt = null, Outputs = [], Requires = [] });
        Assert.Equal(BuiltInConfiguration.Options.Agents.Select(agent => agent with { Outputs = [], Requires = [] }), agents);
        Assert.Equal(new WorkflowsOptions(), options.Workflows);
        Assert.Equal(new StoreOptions(), options.Runtime.Store);
        Assert.Equal(new ModelOptions(), options.Models["ollama"]["llama3.2"]);
    }

    [Fact]
    public async Task The_shipped_config_fulfils_the_schema()
    {
        var schema = await JsonSchema.FromJsonAsync(SchemaText);

        Assert.Empty(schema.Validate(WithoutComments(ConfigText)));
    }

    [Fact]
    public void The_examples_of_workflows_use_every_key_of_theirs()
    {
        var examples = File.ReadAllText(RepositoryRoot.File("examples/workflows/config/agents.config.json"));
        var keys = Keys(WorkflowKeys.Own.Schema()).Distinct().ToList();
        Assert.True(keys.Count > 20, "The keys were not found.");
        Assert.All(keys, key => Assert.Contains($"\"{key}\":", examples, StringComparison.Ordinal));
    }

    [Fact]
    public void The_guide_names_every_key()
    {
        var guide = File.ReadAllText(RepositoryRoot.File("docs/configuration.md"));

        Assert.Empty(Keys(JsonNode.Parse(SchemaText)!).Where(key => !guide.Contains($"`{key}`", StringComparison.Ordinal)).Distinct());
    }

    [Theory]
    [InlineData("""{ "runtim": {} }""")]
    [InlineData("""{ "runtime": { "ollama": { "concurrency": 0 } } }""")]
    [InlineData("""{ "runtime": { "defaultProvider": "olama" } }""")]
    [InlineData("""{ "agents": [ { "defaultModel": "x" } ] }""")]
    [InlineData("""{ "workflows": { "standard": { "timeLimit": "15" } } }""")]
    public async Task The_schema_refuses_what_the_loader_refuses(string text)
    {
        var schema = await JsonSchema.FromJsonAsync(SchemaText);

        Assert.NotEmpty(schema.Validate(text));
        Assert.Throws<Errors.InvalidInputException>(() => ConfigFolder.LoadText(text));
    }

    [Fact]
    public void The_schema_file_is_made_from_the_keys_that_the_loader_knows()
    {
        // To renew it: RIPIENO_WRITE_SCHEMA=1, then look at the difference.
        if (Environment.GetEnvironmentVariable("RIPIENO_WRITE_SCHEMA") == "1")
            File.WriteAllText(RepositoryRoot.File("config/agents.config.schema.json"), ConfigurationSchema.Text());

        Assert.Equal(ConfigurationSchema.Text(), File.ReadAllText(RepositoryRoot.File("config/agents.config.schema.json")));
    }

    [Fact]
    public void Every_key_of_the_schema_is_described()
    {
        var undescribed = Properties(JsonNode.Parse(SchemaText)!, "").Where(property => string.IsNullOrWhiteSpace((string?)property.Schema["description"]));

        Assert.Empty(undescribed.Select(property => property.Place));
    }

    [Fact]
    public void Every_value_that_applies_by_default_has_the_same_default_in_the_schema()
    {
        var defaults = Properties(JsonNode.Parse(SchemaText)!, "")
            .Where(property => property.Schema["default"] is not null)
            .ToDictionary(property => property.Place, property => property.Schema["default"]!.ToJsonString(), StringComparer.Ordinal);
        using var folder = new ConfigFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, ".git"));
        var applying = EffectiveConfiguration.Values(folder.Load()).Where(value => !value.Place.StartsWith("agents[", StringComparison.Ordinal)).ToList();

        Assert.True(applying.Count > 20);
        Assert.All(applying, value => Assert.Equal(defaults[value.Place.Replace("ollama.llama3.2", "ollama.*", StringComparison.Ordinal)], value.Value));
    }

    private static IEnumerable<(string Place, JsonNode Schema)> Properties(JsonNode schema, string place)
    {
        var own = (schema["properties"] as JsonObject)?.Select(pair => (Name: pair.Key, Schema: pair.Value!)) ?? [];
        foreach (var (name, inner) in own)
        {
            var at = place.Length == 0 ? name : $"{place}.{name}";
            yield return (at, inner);
            foreach (var below in Properties(inner, at))
                yield return below;
        }

        if (schema["additionalProperties"] is JsonObject any)
        {
            foreach (var below in Properties(any, $"{place}.*"))
                yield return below;
        }

        if (schema["items"] is { } items)
        {
            foreach (var below in Properties(items, $"{place}[]"))
                yield return below;
        }
    }

    private static string WithoutComments(string text) => JsonNode.Parse(
        text, documentOptions: new() { CommentHandling = System.Text.Json.JsonCommentHandling.Skip, AllowTrailingCommas = true })!.ToJsonString();

    private static IEnumerable<string> Keys(JsonNode schema) =>
        (schema["properties"] as JsonObject ?? []).SelectMany(property => Keys(property.Value!).Prepend(property.Key))
        .Concat(schema["items"] is { } items ? Keys(items) : [])
        .Concat(schema["additionalProperties"] is JsonObject other ? Keys(other) : []);
}
