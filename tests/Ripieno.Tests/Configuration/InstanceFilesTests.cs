using Ripieno.Configuration;
using Ripieno.Errors;

namespace Ripieno.Tests.Configuration;

public sealed class InstanceFilesTests : IDisposable
{
    private const string Base = """
        {
          "runtime": {
            "store": { "path": "all.db" },
            "concurrency": 2,
            "ollama": { "host": "http://one:1" }
          }
        }
        """;

    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Files_beside_the_config_are_found_in_the_order_of_their_numbers()
    {
        With("", Base);
        foreach (var name in (string[])["instance10", "instance2", "eu.west", "schema"])
            With(name, """{ "extends": "agents.config.json", "runtime": { "instance": "x-NAME" } }""".Replace("NAME", name, StringComparison.Ordinal));
        _folder.With("config/other.json", "{}").With("config/agents.config.json.bak", "{}");

        Assert.Equal(["eu.west", "instance2", "instance10"], Read().All.Select(one => one.Name));
    }

    [Fact]
    public void Each_difference_says_what_the_base_has_and_where_it_comes_from()
    {
        With("", Base);
        With("a", """
            {
              "extends": "agents.config.json",
              "runtime": {
                "concurrency": 6,
                "store": { "path": "all.db" },
                "ollama": { "endpoints": [ { "name": "gpu", "url": "http://gpu:1" } ] },
                "recycleAfterSteps": 100
              }
            }
            """);

        var files = Read();

        var one = Assert.Single(files.All);
        Assert.Equal(
            [
                "runtime.concurrency: 6 (base 2) config/agents.config.a.json:4",
                "runtime.recycleAfterSteps: 100 (base ) config/agents.config.a.json:7",
                "runtime.ollama.endpoints[gpu].name: \"gpu\" (base ) config/agents.config.a.json:6",
                "runtime.ollama.endpoints[gpu].url: \"http://gpu:1\" (base ) config/agents.config.a.json:6",
                "runtime.ollama.host:  (base \"http://one:1\") config/agents.config.a.json:6",
            ],
            one.Differences.Select(value => $"{value.Place}: {value.Value} (base {value.Base}) {value.Origin}"));
        Assert.Empty(files.Warnings);
        Assert.Empty(files.Problems);
        Assert.Equal("config/agents.config.json", files.Base.File);
    }

    [Fact]
    public void The_mistakes_of_all_are_told_at_once_and_what_is_right_is_still_compared()
    {
        With("", Base);
        With("bad1", "{\n  \"extends\": \"agents.config.json\",\n  \"runtime\": { \"concurrency\": 0,\n    \"slots\": 3 } }");
        With("bad2", "{\n  \"extends\": \"nowhere.json\" }");
        With("good", """{ "extends": "agents.config.json", "runtime": { "concurrency": 3 } }""");

        var files = Read();

        Assert.Equal(
            [("config/agents.config.bad1.json", 3), ("config/agents.config.bad1.json", 4), ("config/agents.config.bad2.json", 2)],
            files.Problems.Select(problem => (problem.File!, problem.Line!.Value)));
        Assert.Equal([2, 1, 0], files.All.Select(one => one.Problems.Count));
        Assert.Equal("3", Assert.Single(files.All[2].Differences).Value);
    }

    [Fact]
    public void A_mistake_of_the_base_is_told_once()
    {
        With("", "{\n  \"runtim\": {} }");
        With("a", """{ "extends": "agents.config.json" }""");
        With("b", """{ "extends": "agents.config.json" }""");

        var problem = Assert.Single(Read().Problems);
        Assert.Equal(("config/agents.config.json", 2), (problem.File, problem.Line));
        Assert.Equal(problem, Assert.Single(Read("config/agents.config.json").Problems));
    }

    [Fact]
    public void What_is_allowed_but_makes_no_system_is_warned_of()
    {
        With("", Base);
        With("a", """{ "extends": "agents.config.json", "runtime": { "instance": "me" } }""");
        With("b", """
            {
              "extends": "agents.config.a.json", "runtime": { "concurrency": 3 }
            }
            """);
        With("c", """{ "runtime": { "instance": "c" } }""");
        With("d", """{ "extends": "agents.config.json" }""");

        var warnings = Read().Warnings;

        Assert.Equal(4, warnings.Count);
        Assert.StartsWith("config/agents.config.c.json does not extend config/agents.config.json:", warnings[0], StringComparison.Ordinal);
        Assert.StartsWith("config/agents.config.d.json says nothing else", warnings[1], StringComparison.Ordinal);
        Assert.StartsWith("a and b have the same runtime.instance, 'me' (config/agents.config.a.json:1):", warnings[2], StringComparison.Ordinal);
        Assert.StartsWith("They use 2 stores", warnings[3], StringComparison.Ordinal);
        Assert.Contains("ripieno.db: c", warnings[3], StringComparison.Ordinal);
    }

    [Fact]
    public void What_names_this_machine_is_not_taken_for_what_the_files_say()
    {
        With("", Base);
        With("a", """{ "extends": "agents.config.json", "runtime": { "instance": "a", "ollama": { "host": "http://two:2" } } }""");
        _folder.Environment["INSTANCE_ID"] = "here";
        _folder.Environment["OLLAMA_HOST"] = "http://three:3";

        Assert.Equal(["\"a\"", "\"http://two:2\""], Assert.Single(Read().All).Differences.Select(value => value.Value));
        Assert.Equal("here", _folder.Load("config/agents.config.a.json").Options.Runtime.Instance);
    }

    [Theory]
    [InlineData("bad name")]
    [InlineData("evil\n\"x")]
    public void A_name_from_the_environment_is_held_to_the_rules_of_the_file(string name)
    {
        With("", Base);
        _folder.Environment["INSTANCE_ID"] = name;

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => _folder.Load()).Problems);

        Assert.Equal("INSTANCE_ID", problem.Place);
    }

    [Fact]
    public void Without_a_config_there_is_nothing_to_stand_beside()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, ".git"));

        Assert.Throws<NotFoundException>(() => Read());
        Assert.Throws<NotFoundException>(() => Read("config/agents.config.json"));
    }

    [Fact]
    public void The_shipped_pair_of_instances_is_right_and_fits_together()
    {
        var files = InstanceFiles.Read("config/agents.config.json", CommandLineOverrides.None, RepositoryRoot.File("examples/instances"), _ => null);

        Assert.Empty(files.Problems);
        Assert.Empty(files.Warnings);
        Assert.Equal(["instance1", "instance2"], files.All.Select(one => one.Loaded!.Options.Runtime.Instance));
        Assert.Equal([8, 1], files.All.Select(one => one.Loaded!.Slots));
    }

    private void With(string name, string text) => _folder.With($"config/agents.config.{(name.Length > 0 ? name + "." : "")}json", text);

    private InstanceFiles Read(string? file = null) =>
        InstanceFiles.Read(file, CommandLineOverrides.None, _folder.Path, name => _folder.Environment.GetValueOrDefault(name));
}
