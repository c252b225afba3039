using Microsoft.Extensions.Time.Testing;
using Ripieno.Coordination;
using Ripieno.Models;
using Ripieno.Tests.Models;
using Ripieno.Workflows;

namespace Ripieno.Tests.Coordination;

/// <summary>What is said before a run is accepted that could not begin.</summary>
public sealed class PreflightTests
{
    private readonly FakeProvider _ollama = new("ollama");
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_server_with_the_model_passes()
    {
        Has("llama3.2:latest");

        Assert.Empty(await CheckAsync("llama3.2"));
    }

    [Theory]
    [InlineData("llama3.2:latest", "llama3.2", true)]
    [InlineData("llama3.2", "llama3.2:latest", true)]
    [InlineData("Llama3.2:latest", "llama3.2", true)]
    [InlineData("llama3.2:1b", "llama3.2", false)]
    [InlineData("llama3", "llama3.2", false)]
    public async Task A_name_without_a_tag_means_the_latest(string installed, string wanted, bool passes)
    {
        Has(installed);

        Assert.Equal(passes, (await CheckAsync(wanted)).Count == 0);
    }

    [Fact]
    public async Task A_missing_model_is_told_with_what_is_there_and_what_to_do()
    {
        Has("qwen2.5:latest", "phi4:latest");

        Assert.Equal(
            "ollama at http://one.test/ does not have the model 'llama3.2' (installed: qwen2.5:latest, phi4:latest); run `ollama pull llama3.2`, or use `--model qwen2.5:latest`.",
            Assert.Single(await CheckAsync("llama3.2")));
    }

    [Fact]
    public async Task A_server_without_any_model_is_told_how_to_get_one()
    {
        Has();

        Assert.Equal(
            "ollama at http://one.test/ does not have the model 'llama3.2' (no model is installed); run `ollama pull llama3.2`.",
            Assert.Single(await CheckAsync("llama3.2")));
    }

    [Fact]
    public async Task A_long_list_of_models_is_cut()
    {
        Has([.. Enumerable.Range(0, 12).Select(number => $"m{number}:latest")]);

        var text = Assert.Single(await CheckAsync("llama3.2"));
        Assert.Contains("m9:latest, …)", text, StringComparison.Ordinal);
        Assert.DoesNotContain("m10", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_away_is_told_with_every_address_and_the_remedy()
    {
        _ollama.Probe = (endpoint, _) => Task.FromResult(new EndpointReport(endpoint, false, null, [], "connection refused"));

        Assert.Equal(
            "ollama cannot be reached (http://one.test/: connection refused; http://two.test/: connection refused). "
            + "Start it with `ollama serve`, set OLLAMA_HOST or runtime.ollama.host, or use --provider simulated to try without a model.",
            Assert.Single(await CheckAsync([Model("llama3.2")], "one", "two")));
    }

    [Fact]
    public async Task One_server_that_has_the_model_is_enough()
    {
        _ollama.Probe = (endpoint, _) => Task.FromResult(new EndpointReport(
            endpoint, endpoint.Name != "one", null, endpoint.Name == "three" ? [new("llama3.2", null)] : [], endpoint.Name == "one" ? "refused" : null));

        Assert.Empty(await CheckAsync([Model("llama3.2")], "one", "two", "three"));
    }

    [Fact]
    public async Task Every_model_that_is_missing_is_told_once()
    {
        Has("a:latest");

        var texts = await CheckAsync([Model("a"), Model("b"), Model("b"), Model("c")], "one");

        Assert.Equal(2, texts.Count);
        Assert.Contains("'b'", texts[0], StringComparison.Ordinal);
        Assert.Contains("'c'", texts[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_without_an_endpoint_is_told() => Assert.Equal(
        "provider 'openai' has no endpoint. Configure runtime.openai, or use --provider simulated to try without a model.",
        Assert.Single(await CheckAsync([Model("gpt") with { Provider = "openai" }], "one")));

    [Fact]
    public async Task A_server_that_does_not_answer_is_waited_for_no_longer_than_a_person_would()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ollama.Probe = async (_, cancellation) =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellation);
            throw new InvalidOperationException();
        };
        var checking = CheckAsync("llama3.2");
        await asked.Task;
        _time.Advance(((IModelProvider)_ollama).Patience - TimeSpan.FromMilliseconds(1));
        Assert.False(checking.IsCompleted);

        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Contains("(http://one.test/: it did not answer within 5 s)", Assert.Single(await checking), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_callers_cancellation_is_not_an_answer()
    {
        using var stop = new CancellationTokenSource();
        _ollama.Probe = async (_, cancellation) =>
        {
            await stop.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
            throw new InvalidOperationException();
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CheckAsync([Model("llama3.2")], stop.Token, "one"));
    }

    private static ModelChoice Model(string name) => new("ollama", name, 8192, 0.4, true);

    private void Has(params string[] models) => _ollama.Probe = (endpoint, _) =>
        Task.FromResult(new EndpointReport(endpoint, true, "0.9", [.. models.Select(model => new InstalledModel(model, null))], null));

    private Task<IReadOnlyList<string>> CheckAsync(string model) => CheckAsync([Model(model)], "one");

    private Task<IReadOnlyList<string>> CheckAsync(ModelChoice[] models, params string[] endpoints) => CheckAsync(models, CancellationToken.None, endpoints);

    [Fact]
    public async Task A_fallback_that_can_be_had_lets_the_run_begin_and_is_told()
    {
        Has("qwen2.5:latest");

        var report = await LookAsync([Model("llama3.2") with { Fallback = Model("mistral") with { Fallback = Model("qwen2.5") } }], CancellationToken.None, "one");

        Assert.Empty(report.Missing);
        Assert.EndsWith("Until then ollama/qwen2.5 answers in its place.", Assert.Single(report.Notes), StringComparison.Ordinal);
        Assert.Contains("does not have the model 'llama3.2'", report.Notes[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_no_fallback_can_be_had_either_all_are_told()
    {
        Has();

        var report = await LookAsync([Model("a") with { Fallback = Model("b") }], CancellationToken.None, "one");

        Assert.Equal(2, report.Missing.Count);
        Assert.Empty(report.Notes);
    }

    private async Task<IReadOnlyList<string>> CheckAsync(ModelChoice[] models, CancellationToken cancellation, params string[] endpoints) =>
        (await LookAsync(models, cancellation, endpoints)).Missing;

    private Task<PreflightReport> LookAsync(ModelChoice[] models, CancellationToken cancellation, params string[] endpoints) => Preflight.CheckAsync(
        new RunSnapshot
        {
            Workflow = new() { Name = "test", Steps = [] },
            Agents = [.. models.Select((model, number) => new AgentSnapshot($"agent{number}", "", model))],
            MaxRevisions = 0,
        },
        [.. endpoints.Select(name => new Endpoint(name, "ollama", new Uri($"http://{name}.test"), 2, null, null))],
        new Dictionary<string, IModelProvider>(StringComparer.Ordinal) { ["ollama"] = _ollama },
        _time,
        cancellation);
}
