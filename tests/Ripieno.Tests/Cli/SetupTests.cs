using Microsoft.Extensions.AI;
using Ripieno.Cli;
using Ripieno.Cli.Setup;
using Ripieno.Configuration;
using Ripieno.Models;

namespace Ripieno.Tests.Cli;

public sealed class SetupTests : IDisposable
{
    // Nothing listens there, so init and doctor see a machine without Ollama.
    private readonly CommandRun _command = new CommandRun().WithVariable("OLLAMA_HOST", "http://127.0.0.1:1");

    public void Dispose() => _command.Dispose();

    [Fact]
    public void The_starter_config_loads_as_what_was_advised()
    {
        _command.With("config/agents.config.json", StarterConfig.Text("my \"shop\"", new("http://gpu:11434"), new("qwen:7b", true, 16384, 3, ["Reason */ one."])));

        var loaded = ConfigurationLoader.Load(null, CommandLineOverrides.None, _command.Folder, _ => null);

        Assert.Equal("my \"shop\"", loaded.Options.Metadata.Project);
        Assert.Equal(new Uri("http://gpu:11434"), Assert.Single(loaded.Endpoints).Url);
        Assert.Equal(3, loaded.Slots);
        Assert.Equal(16384, loaded.Options.Models["ollama"]["qwen:7b"].Context);
        Assert.All(loaded.Options.Agents, agent => Assert.Equal("qwen:7b", agent.DefaultModel));
    }

    [Fact]
    public async Task Init_writes_a_project_in_which_a_run_works()
    {
        var init = await _command.RunAsync("init");
        var check = await _command.RunAsync("config", "check");
        var run = await _command.RunAsync("run", "examples/backlog.md", "--provider", "simulated", "--id", "x", "-q");

        Assert.Equal(ExitCode.Done, init.ExitCode);
        Assert.Contains("ollama pull", init.Output);
        Assert.Equal(ExitCode.Done, check.ExitCode);
        Assert.Contains("3 tasks", run.Output);
    }

    [Fact]
    public async Task Init_overwrites_only_when_forced()
    {
        _command.With("config/agents.config.json", "{ }").With("examples/backlog.md", "mine");

        var refused = await _command.RunAsync("init");
        var kept = await File.ReadAllTextAsync(Path.Combine(_command.Folder, "config/agents.config.json"));
        var forced = await _command.RunAsync("init", "--force");

        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("--force", refused.Error);
        Assert.Equal("{ }", kept);
        Assert.Equal(ExitCode.Done, forced.ExitCode);
        Assert.Contains("Kept as they were: examples/backlog.md", forced.Output);
        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(_command.Folder, "examples/backlog.md")));
        Assert.DoesNotContain(_command.Files, file => Path.GetFileName(file).StartsWith('.'));
    }

    [Fact]
    public async Task Doctor_tells_what_is_wrong_and_what_to_do()
    {
        var outcome = await _command.RunAsync("doctor");

        Assert.Equal(ExitCode.Unavailable, outcome.ExitCode);
        Assert.Contains("✗ endpoint ollama", outcome.Output);
        Assert.Contains("ollama serve", outcome.Output);
        Assert.Contains("✓ store", outcome.Output);
        Assert.Empty(_command.Files);
    }

    [Fact]
    public async Task Doctor_is_content_with_simulated_answers_but_says_so()
    {
        _command.WithSimulation();

        var outcome = await _command.RunAsync("doctor");

        Assert.Equal(ExitCode.Done, outcome.ExitCode);
        Assert.Contains("! endpoint simulated: simulated answers", outcome.Output);
    }

    [Fact]
    public async Task Doctor_names_a_model_that_must_be_pulled()
    {
        var loaded = ConfigurationLoader.Load(null, new(Model: "llama3.2"), _command.Folder, _ => null);
        var checkup = new Checkup(loaded, new Dictionary<string, IModelProvider>(StringComparer.Ordinal) { ["ollama"] = new OneModel("phi3.5:latest") }, TimeProvider.System);

        var findings = await checkup.RunAsync(CancellationToken.None);

        var model = Assert.Single(findings, finding => finding.Subject == "model llama3.2");
        Assert.Equal(FindingLevel.Error, model.Level);
        Assert.Contains("phi3.5:latest", model.Text);
        Assert.Equal("ollama pull llama3.2", model.NextStep);
    }

    [Fact]
    public async Task Doctor_finds_a_store_that_is_none()
    {
        _command.WithSimulation().With("data/ripieno.db", new string('x', 5000));

        var outcome = await _command.RunAsync("doctor");

        Assert.Equal(ExitCode.Unavailable, outcome.ExitCode);
        Assert.Contains("✗ store", outcome.Output);
    }

    private sealed class OneModel(string name) : IModelProvider
    {
        public string Kind => "ollama";

        public Task<EndpointReport> ProbeAsync(Endpoint endpoint, CancellationToken cancellation) =>
            Task.FromResult(new EndpointReport(endpoint, Reachable: true, "0.9", [new(name, null)], null));

        public Task<bool?> IsLoadedAsync(Endpoint endpoint, string model, CancellationToken cancellation) => Task.FromResult<bool?>(true);

        public IChatClient CreateClient(Endpoint endpoint, ModelChoice model) => throw new NotSupportedException();
    }
}
