using Ripieno.Configuration;

namespace Ripieno.Tests.Configuration;

public sealed class EffectiveConfigurationTests : IDisposable
{
    private const string Text = """
        {
          "runtime": { "lease": { "duration": "45s" }, "retention": { "failed": "90d" }, "maxDeathsAlone": 5,
            "openai": { "endpoints": [ { "name": "v", "url": "http://v:1/v1", "limit": 3 } ] } },
          "models": { "ollama": { "odd \"name\"": { "temperature": 0.1 } } },
          "tenants": { "research": { "weight": 3 }, "plain": {} },
          "agents": [ { "id": "tester", "provider": "openai", "outputs": ["r.md"] } ]
        }
        """;

    private readonly ConfigFolder _folder = new ConfigFolder().With(ConfigurationFile.Standard, Text);

    public EffectiveConfigurationTests() => _folder.Environment["OLLAMA_HOST"] = "gpu";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_shown_loads_again_as_the_same_configuration()
    {
        var shown = EffectiveConfiguration.Render(_folder.Load(overrides: new CommandLineOverrides(Context: 4096)));
        _folder.With("again.json", shown);
        _folder.Environment.Clear();

        var values = EffectiveConfiguration.Values(_folder.Load("again.json")).Select(value => (value.Place, value.Value));

        _folder.Environment["OLLAMA_HOST"] = "gpu";
        var before = EffectiveConfiguration.Values(_folder.Load(overrides: new CommandLineOverrides(Context: 4096))).Select(value => (value.Place, value.Value));
        Assert.Equal(before, values);
    }

    [Fact]
    public void Workflows_that_are_shown_load_again_as_the_same()
    {
        using var folder = new ConfigFolder();
        folder.With(ConfigurationFile.Standard, File.ReadAllText(RepositoryRoot.File("examples/workflows/config/agents.config.json")))
            .With("prompts/analyst.prompt", "x").With("prompts/writer.prompt", "x");
        var before = folder.Load();
        folder.With("again.json", EffectiveConfiguration.Render(before));

        Assert.Equal(EffectiveConfiguration.Values(before).Select(value => (value.Place, value.Value)), EffectiveConfiguration.Values(folder.Load("again.json")).Select(value => (value.Place, value.Value)));
    }

    [Fact]
    public void Each_value_says_where_it_comes_from()
    {
        var shown = EffectiveConfiguration.Render(_folder.Load(overrides: new CommandLineOverrides(Context: 4096)));

        Assert.Contains("\"duration\": \"45s\",  // config/agents.config.json:2", shown, StringComparison.Ordinal);
        Assert.Contains("\"heartbeat\": \"10s\"  // default", shown, StringComparison.Ordinal);
        Assert.Contains("\"failed\": \"90d\"  // config/agents.config.json:2", shown, StringComparison.Ordinal);
        Assert.Contains("\"weight\": 1  // default", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("succeeded", shown, StringComparison.Ordinal);
        Assert.Contains("// environment OLLAMA_HOST", shown, StringComparison.Ordinal);
        Assert.Contains("\"context\": 4096,  // command line --context", shown, StringComparison.Ordinal);
        Assert.Contains("\"limit\": 3,  // config/agents.config.json:3", shown, StringComparison.Ordinal);
        Assert.Contains("\"outputs\": [\"r.md\"],  // config/agents.config.json:6", shown, StringComparison.Ordinal);
    }
}
