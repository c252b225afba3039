using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Tests.Configuration;

public sealed class ConfigurationFileTests : IDisposable
{
    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_a_file_the_built_in_defaults_apply_in_the_current_folder()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, ".git"));

        var loaded = _folder.Load();

        Assert.Null(loaded.File);
        Assert.Equal(_folder.Path, loaded.ProjectFolder);
        Assert.Equal("llama3.2", loaded.Options.Agents[0].DefaultModel);
    }

    [Fact]
    public void The_file_is_found_from_a_folder_below_and_the_project_folder_holds_config()
    {
        _folder.With("config/agents.config.json", """{ "metadata": { "project": "found" } }""").With("src/deep/x", "");

        var loaded = _folder.Load(below: "src/deep");

        Assert.Equal("found", loaded.Options.Metadata.Project);
        Assert.Equal(_folder.Path, loaded.ProjectFolder);
        Assert.Equal(Path.Combine(_folder.Path, "data/ripieno.db"), loaded.Absolute(loaded.Options.Runtime.Store.Path));
    }

    [Fact]
    public void The_search_ends_at_the_root_of_the_repository()
    {
        _folder.With("config/agents.config.json", """{ "metadata": { "project": "outer" } }""").With("inner/.git/HEAD", "");

        Assert.Null(_folder.Load(below: "inner").File);
    }

    [Fact]
    public void A_file_outside_a_config_folder_has_its_own_folder_as_project_folder()
    {
        _folder.With("deploy/prod.json", "{}");

        var loaded = _folder.Load("deploy/prod.json");

        Assert.Equal(Path.Combine(_folder.Path, "deploy"), loaded.ProjectFolder);
        Assert.Equal("deploy/prod.json", loaded.File);
    }

    [Fact]
    public void A_missing_file_is_told_with_the_nearest_name()
    {
        _folder.With("config/agents.config.json", "{}");

        var refusal = Assert.Throws<InvalidInputException>(() => _folder.Load("config/agent.config.json"));

        var problem = Assert.Single(refusal.Problems);
        Assert.Equal(("--config", "no file config/agent.config.json"), (problem.Place, problem.Found));
        Assert.Equal("Did you mean \"agents.config.json\"?", problem.NextStep);
    }

    [Fact]
    public void A_folder_is_not_a_file()
    {
        _folder.With("config/x", "");

        var refusal = Assert.Throws<InvalidInputException>(() => _folder.Load("config"));

        Assert.Equal("the folder config", Assert.Single(refusal.Problems).Found);
    }

    [Fact]
    public void A_byte_order_mark_and_windows_line_ends_are_fine()
    {
        _folder.With("config/agents.config.json", "\uFEFF{\r\n \"metadata\": {\r\n \"project\": \"x\" } }\r\n");

        var loaded = _folder.Load();

        Assert.Equal(3, loaded.Origins["metadata.project"].Line);
    }

    [Fact]
    public void A_file_is_laid_over_the_one_that_it_extends()
    {
        _folder
            .With("config/base.json", """{ "runtime": { "ollama": { "concurrency": 3 }, "logs": "l" }, "agents": [ { "id": "writer", "defaultModel": "phi3.5", "queue": "slow", "outputs": ["a", "b"] } ] }""")
            .With("config/agents.config.instance1.json", """{ "extends": "base.json", "runtime": { "logs": "l1" }, "agents": [ { "id": "writer", "outputs": ["c"] }, { "id": "tester" } ] }""");

        var loaded = _folder.Load("config/agents.config.instance1.json");

        Assert.Equal(3, loaded.Options.Runtime.Providers["ollama"].Concurrency);
        Assert.Equal("l1", loaded.Options.Runtime.Logs);
        Assert.Equal(["planner", "executor", "reviewer", "writer", "tester"], loaded.Options.Agents.Select(agent => agent.Id));
        var writer = loaded.Options.Agents[3];
        Assert.Equal(("phi3.5", "slow"), (writer.DefaultModel, writer.Queue));
        Assert.Equal(["c"], writer.Outputs);
        Assert.Equal(new Origin(OriginKind.File, "config/base.json", 1), loaded.Origins["agents[writer].queue"]);
    }

    [Fact]
    public void A_lone_host_over_a_list_of_endpoints_replaces_it()
    {
        _folder
            .With("config/base.json", """{ "runtime": { "ollama": { "endpoints": [ { "name": "a", "url": "http://a:1" } ] } } }""")
            .With("config/one.json", """{ "extends": "base.json", "runtime": { "ollama": { "host": "http://b:2" } } }""");

        Assert.Equal(new Uri("http://b:2"), Assert.Single(_folder.Load("config/one.json").Endpoints).Url);
    }

    [Fact]
    public void Problems_of_all_files_are_told_at_once_each_with_its_own_file()
    {
        _folder
            .With("config/base.json", "{\n  \"runtime\": { \"logs\": 1, \"artefacts\": \"x\" }\n}")
            .With("config/one.json", "{\n  \"extends\": \"base.json\",\n  \"agents\": [ { \"id\": \"a\", \"requires\": [\"b\"] } ]\n}");

        var refusal = Assert.Throws<InvalidInputException>(() => _folder.Load("config/one.json"));

        Assert.Equal(
            [("config/base.json", 2), ("config/base.json", 2), ("config/one.json", 3)],
            refusal.Problems.Select(problem => (problem.File!, problem.Line!.Value)));
    }

    [Fact]
    public void Files_that_extend_each_other_are_told_and_not_followed_for_ever()
    {
        _folder.With("a.json", """{ "extends": "b.json" }""").With("b.json", """{ "extends": "a.json" }""");

        var refusal = Assert.Throws<InvalidInputException>(() => _folder.Load("a.json"));

        Assert.Equal("a cycle: a.json → b.json → a.json", Assert.Single(refusal.Problems).Found);
    }

    [Fact]
    public void An_agent_of_the_file_changes_only_what_it_names_of_the_built_in_one()
    {
        var agents = ConfigFolder.LoadText("""{ "agents": [ { "id": "reviewer", "defaultModel": "gemma2" } ] }""").Options.Agents;

        Assert.Equal("gemma2", agents[2].DefaultModel);
        Assert.Equal(["executor"], agents[2].Requires);
        Assert.Equal("llama3.2", agents[0].DefaultModel);
    }
}
