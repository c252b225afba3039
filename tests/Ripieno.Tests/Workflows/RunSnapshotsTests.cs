using System.Collections.Immutable;
using System.Text;
using Ripieno.Configuration;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Workflows;

namespace Ripieno.Tests.Workflows;

public sealed class RunSnapshotsTests : IDisposable
{
    private readonly string _project = Directory.CreateTempSubdirectory("ripieno-snapshot-").FullName;

    private static readonly RipienoOptions Options = new()
    {
        Agents = [new() { Id = "planner" }, new() { Id = "executor" }, new() { Id = "reviewer" }],
    };

    public void Dispose() => Directory.Delete(_project, recursive: true);

    [Fact]
    public void Without_files_the_built_in_prompts_apply()
    {
        var snapshot = RunSnapshots.Take(Options, _project);

        Assert.Equal(["planner", "executor", "reviewer"], snapshot.Agents.Select(agent => agent.Id));
        Assert.Contains("{{backlog}}", snapshot.Agent("planner").Prompt, StringComparison.Ordinal);
        Assert.Contains("{{task}}", snapshot.Agent("executor").Prompt, StringComparison.Ordinal);
        Assert.Contains("{{work}}", snapshot.Agent("reviewer").Prompt, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_file_is_read_from_the_project_folder_with_line_ends_made_equal()
    {
        File.WriteAllText(Path.Combine(_project, "own.prompt"), "\uFEFFline 1\r\n{{task}}\r\n");

        Assert.Equal("line 1\n{{task}}\n", RunSnapshots.Take(With("executor", agent => agent with { Prompt = "own.prompt" }), _project).Agent("executor").Prompt);
    }

    [Fact]
    public void Every_missing_agent_missing_file_and_unknown_placeholder_is_reported_at_once()
    {
        File.WriteAllText(Path.Combine(_project, "planner.prompt"), "one\ntwo {{backlogg}}\n{{ run }}");
        var options = Options with
        {
            Agents = [new() { Id = "planner", Prompt = "planner.prompt" }, new() { Id = "executor", Prompt = "nowhere.prompt" }],
        };

        var problems = Assert.Throws<InvalidInputException>(() => RunSnapshots.Take(options, _project)).Problems;

        Assert.Collection(
            problems,
            problem => Assert.Equal(("planner.prompt", 2, "{{backlogg}}"), (problem.File, problem.Line, problem.Place)),
            problem => Assert.Equal(("planner.prompt", 3, "{{ run }}"), (problem.File, problem.Line, problem.Place)),
            problem => Assert.Equal(("nowhere.prompt", "no such file"), (problem.File, problem.Found)),
            problem => Assert.Contains("'reviewer'", problem.Expected, StringComparison.Ordinal));
    }

    [Fact]
    public void A_prompt_that_is_empty_or_not_text_is_reported()
    {
        File.WriteAllText(Path.Combine(_project, "empty.prompt"), " \n");
        File.WriteAllBytes(Path.Combine(_project, "binary.prompt"), [0xC3, 0x28]);
        var options = Options with
        {
            Agents = [new() { Id = "planner", Prompt = "empty.prompt" }, new() { Id = "executor", Prompt = "binary.prompt" }, new() { Id = "reviewer" }],
        };

        var problems = Assert.Throws<InvalidInputException>(() => RunSnapshots.Take(options, _project)).Problems;

        Assert.Equal(["nothing", "bytes that are not UTF-8"], problems.Select(problem => problem.Found));
    }

    [Fact]
    public void Models_get_the_options_listed_for_them_and_defaults_otherwise()
    {
        var options = Options with
        {
            Agents = [new() { Id = "planner", DefaultModel = "big", Queue = "slow" }, new() { Id = "executor", Provider = "openai" }, new() { Id = "reviewer", DefaultModel = "llama3.2" }],
            Models = ImmutableDictionary<string, ImmutableDictionary<string, ModelOptions>>.Empty.Add(
                "ollama",
                ImmutableDictionary<string, ModelOptions>.Empty
                    .Add("big", new() { Context = 32768, Temperature = 0.1, Parallel = false })
                    .Add("llama3.2:latest", new() { Context = 4096 })),
        };

        var snapshot = RunSnapshots.Take(options, _project);

        Assert.Equal(new ModelChoice("ollama", "big", 32768, 0.1, false), snapshot.Agent("planner").Model);
        Assert.Equal(new ModelChoice("openai", "llama3.2", 8192, 0.4, true), snapshot.Agent("executor").Model);
        Assert.Equal(new ModelChoice("ollama", "llama3.2", 4096, 0.4, true), snapshot.Agent("reviewer").Model);
        Assert.Equal("slow", snapshot.Workflow.Step("plan").Class.Queue);
    }

    [Fact]
    public void What_was_written_reads_back_and_is_written_the_same_again()
    {
        var options = Options with { Workflows = new() { Standard = new() { MaxRevisions = 5, MaxAttempts = 3, TimeLimit = TimeSpan.FromSeconds(90), MaxSteps = 77 } } };
        var snapshot = RunSnapshots.Take(options, _project);

        var bytes = RunSnapshots.Write(snapshot);
        var read = RunSnapshots.Read(bytes);

        Assert.True(bytes.Span.SequenceEqual(RunSnapshots.Write(RunSnapshots.Take(options, _project)).Span));
        Assert.True(bytes.Span.SequenceEqual(RunSnapshots.Write(read).Span));
        Assert.Equal(snapshot.Agents, read.Agents);
        Assert.Equal(5, read.MaxRevisions);
        Assert.Equal(77, read.Workflow.MaxSteps);
        Assert.Equal(snapshot.Workflow.Steps.Select(step => step with { DependsOn = [] }), read.Workflow.Steps.Select(step => step with { DependsOn = [] }));
        Assert.Equal(["plan"], read.Workflow.Step("summarize").DependsOn);
    }

    [Fact]
    [Trait("Promise", "I18")]
    public void Fallbacks_and_deployments_are_part_of_it_and_read_back()
    {
        var azure = ProviderOptions.Default(ProviderKind.AzureOpenAI) with { Deployment = "from-variable" };
        var options = Options with
        {
            Agents = [new() { Id = "planner" }, new() { Id = "executor", Provider = "azure-openai", DefaultModel = "gpt-4o" }, new() { Id = "reviewer", Provider = "simulated" }],
            Runtime = new()
            {
                Fallbacks = [new("azure-openai", "gpt-4o"), new("azure-openai", "mini")],
                Providers = ImmutableDictionary<string, ProviderOptions>.Empty.Add("azure-openai", azure),
            },
            Models = ImmutableDictionary<string, ImmutableDictionary<string, ModelOptions>>.Empty.Add(
                "azure-openai", ImmutableDictionary<string, ModelOptions>.Empty.Add("mini", new() { Deployment = "mini-prod", Temperature = 1 })),
        };

        var snapshot = RunSnapshots.Read(RunSnapshots.Write(RunSnapshots.Take(options, _project)));

        Assert.Equal(["ollama/llama3.2", "azure-openai/gpt-4o", "azure-openai/mini"], snapshot.Agent("planner").Model.Chain.Select(model => model.Name));
        Assert.Equal([null, "from-variable", "mini-prod"], snapshot.Agent("planner").Model.Chain.Select(model => model.Deployment));
        Assert.Equal(1, snapshot.Agent("planner").Model.Chain.Last().Temperature);
        Assert.Equal(["azure-openai/gpt-4o", "azure-openai/mini"], snapshot.Agent("executor").Model.Chain.Select(model => model.Name));
        Assert.Null(snapshot.Agent("reviewer").Model.Fallback);
    }

    [Fact]
    public void A_snapshot_of_the_format_before_fallbacks_is_read()
    {
        var now = Encoding.UTF8.GetString(RunSnapshots.Write(RunSnapshots.Take(Options, _project)).Span);
        var before = now.Replace("\"format\":3", "\"format\":2", StringComparison.Ordinal).Replace(",\"deployment\":null,\"fallback\":null", "", StringComparison.Ordinal);
        Assert.DoesNotContain("fallback", before, StringComparison.Ordinal);

        Assert.Equal(RunSnapshots.Take(Options, _project).Agents, RunSnapshots.Read(Encoding.UTF8.GetBytes(before)).Agents);
    }

    [Theory]
    [InlineData("\"format\":3", "\"format\":4", "format 4")]
    [InlineData("\"format\":3,", "", "format unknown")]
    [InlineData("\"maxRevisions\":2", "\"maxRevisions\":2,\"more\":1", "more")]
    [InlineData("\"maxRevisions\":2", "\"maxRevisions\":2,\"maxRevisions\":3", "maxRevisions")]
    [InlineData(",\"maxRevisions\":2", "", "maxRevisions")]
    [InlineData("{\"format\"", "\"format\"", "")]
    public void A_changed_snapshot_is_refused(string part, string by, string found)
    {
        var json = Encoding.UTF8.GetString(RunSnapshots.Write(RunSnapshots.Take(Options, _project)).Span);
        Assert.Contains(part, json, StringComparison.Ordinal);

        var exception = Assert.Throws<InvalidInputException>(
            () => RunSnapshots.Read(Encoding.UTF8.GetBytes(json.Replace(part, by, StringComparison.Ordinal))));

        Assert.Contains(found, exception.Message, StringComparison.Ordinal);
    }

    private static RipienoOptions With(string id, Func<AgentOptions, AgentOptions> change) =>
        Options with { Agents = [.. Options.Agents.Select(agent => agent.Id == id ? change(agent) : agent)] };
}
