using Ripieno.Configuration;
using Ripieno.Errors;

namespace Ripieno.Tests.Configuration;

/// <summary>Azure OpenAI, GitHub Models, aliases and fallbacks in the configuration.</summary>
public sealed class CloudProvidersTests : IDisposable
{
    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Azure_with_a_key_is_found_by_its_variables()
    {
        _folder.Environment["AZURE_OPENAI_ENDPOINT"] = "https://mine.openai.azure.com/";
        _folder.Environment["AZURE_OPENAI_CHAT_DEPLOYMENT_NAME"] = "chat-prod";
        _folder.Environment["AZURE_OPENAI_API_KEY"] = "hunter2";

        var loaded = Load("""
            { "runtime": { "defaultProvider": "azure-openai", "azure-openai": {
                "endpointEnv": "AZURE_OPENAI_ENDPOINT", "deploymentEnv": "AZURE_OPENAI_CHAT_DEPLOYMENT_NAME", "credential": "key", "concurrency": 6, "limit": 12 } } }
            """);

        var endpoint = Assert.Single(loaded.Endpoints);
        Assert.Equal(("azure-openai", "https://mine.openai.azure.com/openai/v1", 6, (int?)12), (endpoint.Name, endpoint.Url.AbsoluteUri, endpoint.Concurrency, endpoint.Limit));
        Assert.Equal("hunter2", endpoint.Key?.Value);
        Assert.Equal("chat-prod", loaded.Options.Runtime.Providers["azure-openai"].Deployment);
        var shown = EffectiveConfiguration.Render(loaded);
        Assert.Contains("\"keyEnv\": \"AZURE_OPENAI_API_KEY\"", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", shown + loaded, StringComparison.Ordinal);
    }

    [Fact]
    public void What_config_show_prints_loads_as_the_same_options()
    {
        _folder.Environment["AZURE_OPENAI_ENDPOINT"] = "https://mine.openai.azure.com";
        _folder.Environment["GITHUB_TOKEN"] = "t";
        var loaded = Load("""
            { "runtime": { "fallbackProviders": [ "smart", { "provider": "github-models", "model": "openai/gpt-4o" } ] },
              "models": { "azure-openai": { "gpt-4o": { "context": 128000, "deployment": "chat-prod" } }, "aliases": { "smart": { "provider": "azure-openai", "model": "gpt-4o" } } } }
            """);

        var again = Load(EffectiveConfiguration.Render(loaded));

        Assert.Equal(EffectiveConfiguration.Render(loaded).Split("  //")[0], EffectiveConfiguration.Render(again).Split("  //")[0]);
        Assert.Equal(loaded.Options.Runtime.Fallbacks, again.Options.Runtime.Fallbacks);
        Assert.Equal(loaded.Endpoints, again.Endpoints);
        Assert.Equal("chat-prod", again.Options.Models["azure-openai"]["gpt-4o"].Deployment);
    }

    [Fact]
    public void Entra_id_is_the_default_and_needs_no_key()
    {
        _folder.Environment["AZURE_OPENAI_ENDPOINT"] = "https://mine.openai.azure.com";

        var loaded = _folder.Load(overrides: new(Provider: "azure-openai", Model: "gpt-4o"));

        Assert.Null(Assert.Single(loaded.Endpoints).Key);
        Assert.Equal(AzureOpenAI.EntraId, loaded.Options.Runtime.Providers["azure-openai"].Credential);
    }

    [Theory]
    [InlineData("https://mine.openai.azure.com", "https://mine.openai.azure.com/openai/v1")]
    [InlineData("https://mine.openai.azure.com/openai/v1/", "https://mine.openai.azure.com/openai/v1")]
    [InlineData("https://gateway.example/team/", "https://gateway.example/team/openai/v1")]
    public void A_resource_is_called_at_the_api_that_has_no_versions(string resource, string expected) =>
        Assert.Equal(expected, AzureOpenAI.Address(new Uri(resource)).AbsoluteUri);

    [Theory]
    [InlineData("key", "AZURE_OPENAI_ENDPOINT", "runtime.azure-openai.endpointEnv")]
    [InlineData("key", "AZURE_OPENAI_API_KEY", "runtime.azure-openai.keyEnv")]
    [InlineData("key", "DEPLOYMENT", "runtime.azure-openai.deploymentEnv")]
    public void A_variable_that_is_not_set_is_told_with_the_key_that_names_it(string credential, string variable, string key)
    {
        _folder.Environment["AZURE_OPENAI_ENDPOINT"] = "https://mine.openai.azure.com";
        _folder.Environment["AZURE_OPENAI_API_KEY"] = "hunter2";
        _folder.Environment["DEPLOYMENT"] = "chat-prod";
        _folder.Environment.Remove(variable);

        var problem = Refusal($$"""
            { "runtime": { "fallbackProviders": [ { "provider": "azure-openai", "model": "gpt-4o" } ],
              "azure-openai": { "endpointEnv": "AZURE_OPENAI_ENDPOINT", "deploymentEnv": "DEPLOYMENT", "credential": "{{credential}}" } } }
            """);

        Assert.Equal((key, 2), (problem.Place, problem.Line));
        Assert.Contains($"the environment variable {variable}, which is not set", problem.Found, StringComparison.Ordinal);
        Assert.Contains($"export {variable}=", problem.NextStep!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_variable_that_holds_no_url_is_told_without_what_it_holds()
    {
        _folder.Environment["AZURE_OPENAI_ENDPOINT"] = "hunter2";

        var problem = Refusal("""{ "runtime": { "defaultProvider": "azure-openai" } }""");

        Assert.Equal("runtime.azure-openai.endpointEnv", problem.Place);
        Assert.DoesNotContain("hunter2", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_asked_of_the_environment_for_providers_that_are_not_used() =>
        Assert.Equal(["ollama"], Load("""{ "runtime": { "azure-openai": { "credential": "key" }, "github-models": { "tokenEnv": "NEVER_SET" } } }""").Endpoints.Select(one => one.Name));

    [Fact]
    public void GitHub_has_a_default_place_and_token_and_a_warning()
    {
        _folder.Environment["GITHUB_TOKEN"] = "hunter2";

        var loaded = _folder.Load(overrides: new(Provider: "github-models", Model: "openai/gpt-4o"));
        var moved = Load("""{ "runtime": { "defaultProvider": "github-models", "github-models": { "endpoint": "https://models.example/inference" } } }""");

        Assert.Equal(("https://models.github.ai/inference", "hunter2"), (loaded.Endpoints[0].Url.AbsoluteUri, loaded.Endpoints[0].Key?.Value));
        Assert.Contains(ConfigurationFindings.Of(loaded), finding => finding.Contains("retired on 2026-07-30", StringComparison.Ordinal));
        Assert.DoesNotContain(ConfigurationFindings.Of(moved), finding => finding.Contains("retired", StringComparison.Ordinal));
    }

    [Fact]
    public void An_alias_stands_for_provider_and_model()
    {
        _folder.Environment["AZURE_OPENAI_ENDPOINT"] = "https://mine.openai.azure.com";
        const string Text = """
            { "models": { "aliases": { "smart": { "provider": "azure-openai", "model": "gpt-4o" }, "fast": { "provider": "ollama", "model": "qwen2.5" } } },
              "agents": [ { "id": "planner", "defaultModel": "smart" }, { "id": "executor", "defaultModel": "fast" } ] }
            """;

        var loaded = Load(Text);
        var simulated = Load(Text, new(Provider: "simulated"));
        var all = Load(Text, new(Model: "fast"));

        Assert.Equal(["azure-openai/gpt-4o", "ollama/qwen2.5", "/llama3.2"], loaded.Options.Agents.Select(agent => $"{agent.Provider}/{agent.DefaultModel}"));
        Assert.Equal(["ollama", "azure-openai"], loaded.Endpoints.Select(endpoint => endpoint.Provider).Order(StringComparer.Ordinal).Reverse());
        Assert.Equal(["simulated"], simulated.Endpoints.Select(endpoint => endpoint.Provider));
        Assert.Equal(["ollama/qwen2.5"], all.Options.Agents.Select(agent => $"{agent.Provider}/{agent.DefaultModel}").Distinct());
    }

    [Fact]
    public void An_alias_on_the_command_line_does_not_go_with_another_provider()
    {
        _folder.With(ConfigurationFile.Standard, """{ "models": { "aliases": { "smart": { "provider": "azure-openai", "model": "gpt-4o" } } } }""");

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => _folder.Load(overrides: new(Provider: "ollama", Model: "smart"))).Problems);

        Assert.Equal("--model", problem.Place);
    }

    [Fact]
    public void A_name_near_an_alias_is_a_finding() => Assert.Contains(
        "Did you mean the alias \"smart\"?",
        Assert.Single(ConfigurationFindings.Of(Load("""
            { "models": { "aliases": { "smart": { "provider": "ollama", "model": "llama3.2" } } }, "agents": [ { "id": "planner", "defaultModel": "smrt" } ] }
            """))),
        StringComparison.Ordinal);

    [Fact]
    public void Fallbacks_have_endpoints_but_add_no_slots_and_simulated_needs_none()
    {
        _folder.Environment["AZURE_OPENAI_ENDPOINT"] = "https://mine.openai.azure.com";
        const string Text = """{ "runtime": { "fallbackProviders": [ { "provider": "azure-openai", "model": "gpt-4o" } ] }, "models": { "azure-openai": { "gpt-4o": { "context": 128000 } } } }""";

        var loaded = Load(Text);

        Assert.Equal(["ollama", "azure-openai"], loaded.Endpoints.Select(endpoint => endpoint.Provider));
        Assert.Equal(2, loaded.Slots);
        Assert.Empty(ConfigurationFindings.Of(loaded));
        Assert.Empty(Load(Text, new(Provider: "simulated")).Options.Runtime.Fallbacks);
    }

    [Fact]
    public void A_fallback_with_less_context_and_made_up_answers_are_findings()
    {
        var findings = ConfigurationFindings.Of(Load("""
            { "runtime": { "fallbackProviders": [ { "provider": "simulated", "model": "any" } ] }, "models": { "ollama": { "llama3.2": { "context": 16384 } } } }
            """));

        Assert.Contains(findings, finding => finding.Contains("answers are made up", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding.Contains("has a context of 8192 tokens, less than the 16384", StringComparison.Ordinal));
    }

    [Fact]
    public void Models_that_share_a_deployment_by_accident_are_a_finding()
    {
        _folder.Environment["AZURE_OPENAI_ENDPOINT"] = "https://mine.openai.azure.com";
        _folder.Environment["DEPLOYMENT"] = "chat-prod";

        var finding = Assert.Single(ConfigurationFindings.Of(Load("""
            { "runtime": { "defaultProvider": "azure-openai", "azure-openai": { "deploymentEnv": "DEPLOYMENT" } },
              "agents": [ { "id": "planner", "defaultModel": "gpt-4o" }, { "id": "executor", "defaultModel": "mini" }, { "id": "reviewer", "defaultModel": "gpt-4o" } ] }
            """)));

        Assert.StartsWith("gpt-4o and mini are all served by the deployment that DEPLOYMENT names.", finding, StringComparison.Ordinal);
    }

    private LoadedConfiguration Load(string text, CommandLineOverrides? overrides = null) => _folder.With(ConfigurationFile.Standard, text).Load(overrides: overrides);

    private Problem Refusal(string text) => Assert.Single(Assert.Throws<InvalidInputException>(() => Load(text)).Problems);
}
