using Ripieno.Configuration;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Tests.Configuration;

public sealed class CommandLineOverridesTests : IDisposable
{
    private const string Mixed = """
        {
          "runtime": { "openai": { "endpoint": "http://a:1/v1" } },
          "agents": [ { "id": "planner", "provider": "openai", "defaultModel": "big" } ]
        }
        """;

    private readonly ConfigFolder _folder = new ConfigFolder().With(ConfigurationFile.Standard, Mixed);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Provider_switches_every_agent()
    {
        var loaded = _folder.Load(overrides: new CommandLineOverrides(Provider: "simulated"));

        Assert.Equal(["simulated"], EffectiveEndpoints.ProvidersInUse(loaded.Options));
        Assert.Equal("simulated", Assert.Single(loaded.Endpoints).Name);
        Assert.Equal("command line --provider", loaded.Origins["agents[planner].provider"].ToString());
    }

    [Fact]
    public void Model_switches_every_agent()
    {
        var loaded = _folder.Load(overrides: new CommandLineOverrides(Model: "phi3.5"));

        Assert.All(loaded.Options.Agents, agent => Assert.Equal("phi3.5", agent.DefaultModel));
    }

    [Fact]
    public void Context_and_temperature_reach_every_model_in_use()
    {
        var options = _folder.Load(overrides: new CommandLineOverrides(Context: 4096, Temperature: 0)).Options;

        Assert.Equal((4096, 0), (options.Models["openai"]["big"].Context, options.Models["openai"]["big"].Temperature));
        Assert.Equal((4096, 0), (options.Models["ollama"]["llama3.2"].Context, options.Models["ollama"]["llama3.2"].Temperature));
    }

    [Fact]
    public void Concurrency_bounds_slots_and_calls()
    {
        var loaded = _folder.Load(overrides: new CommandLineOverrides(Concurrency: 7));

        Assert.Equal(7, loaded.Slots);
        Assert.All(loaded.Endpoints, endpoint => Assert.Equal(7, endpoint.Concurrency));
    }

    [Theory]
    [InlineData("sqlite:my.db")]
    [InlineData("my.db")]
    public void Store_is_a_file_relative_to_the_current_folder(string store)
    {
        _folder.With("below/x", "");

        var loaded = _folder.Load(overrides: new CommandLineOverrides(Store: store), below: "below");

        Assert.Equal(Path.Combine(_folder.Path, "below/my.db"), loaded.Absolute(loaded.Options.Runtime.Store.Path));
    }

    [Fact]
    public void Bad_values_are_told_all_at_once_with_their_options()
    {
        var bad = new CommandLineOverrides(Provider: "azure", Model: " ", Context: 1, Temperature: -1, Concurrency: 0, Store: "redis:localhost:none");

        var refusal = Assert.Throws<InvalidInputException>(() => _folder.Load(overrides: bad));

        Assert.Equal(
            ["--provider", "--model", "--context", "--temperature", "--concurrency", "--store"], refusal.Problems.Select(problem => problem.Place));
        Assert.Contains("azure-openai", refusal.Problems[0].Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void They_win_over_the_environment_and_the_file()
    {
        _folder.With(ConfigurationFile.Standard, """{ "runtime": { "concurrency": 9, "ollama": { "concurrency": 9 } } }""");

        var loaded = _folder.Load(overrides: new CommandLineOverrides(Concurrency: 2));

        Assert.Equal((2, 2), (loaded.Slots, loaded.Endpoints[0].Limit));
        Assert.Equal(OriginKind.CommandLine, loaded.Origins["runtime.ollama.concurrency"].Kind);
    }
}
