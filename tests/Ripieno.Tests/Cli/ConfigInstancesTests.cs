using System.Text.Json;
using Ripieno.Cli;
using Ripieno.Cli.Display;
using Ripieno.Configuration;
using Ripieno.Documents;

namespace Ripieno.Tests.Cli;

public sealed class ConfigInstancesTests : IDisposable
{
    private const string Base = """{ "runtime": { "concurrency": 2, "ollama": { "host": "http://one:1" } } }""";

    private readonly CommandRun _command = new();

    public ConfigInstancesTests() => _command.With("config/agents.config.json", Base)
        .With("config/agents.config.instance1.json", """
            {
              "extends": "agents.config.json",
              "runtime": {
                "concurrency": 8, "instance": "big",
                "ollama": { "host": "http://a-server-with-quite-a-long-name.in-some-department.of-a-large-company.example:11434" }
              }
            }
            """)
        .With("config/agents.config.instance2.json", """{ "extends": "agents.config.json", "runtime": { "concurrency": 1 } }""");

    public void Dispose() => _command.Dispose();

    [Fact]
    public async Task The_table_has_each_difference_with_its_line_and_fits_120_columns()
    {
        var outcome = await _command.RunAsync("config", "show", "--instances");

        Assert.Equal((ExitCode.Done, ""), (outcome.ExitCode, outcome.Error));
        var lines = outcome.Output.Split('\n');
        Assert.Equal("Base config/agents.config.json, 2 instance files beside it.", lines[0]);
        Assert.Contains(lines, line => line.StartsWith("instance1  config/agents.config.instance1.json  8 slots", StringComparison.Ordinal));
        var row = Assert.Single(lines, line => line.Contains("runtime.concurrency", StringComparison.Ordinal) && line.Contains(" 8 ", StringComparison.Ordinal));
        Assert.Equal(["runtime.concurrency", "8", "2", "line 4"], row.Split('│', '|').Select(cell => cell.Trim()).Where(cell => cell.Length > 0));
        Assert.All(lines, line => Assert.True(line.TrimEnd().Length <= 120, line));
        Assert.DoesNotContain('\e', outcome.Output);
    }

    [Fact]
    public async Task What_is_wrong_is_told_with_its_line_beside_what_is_right()
    {
        _command.With("config/agents.config.instance3.json", "{\n  \"extends\": \"agents.config.json\",\n  \"runtime\": { \"concurrency\": 0 }\n}");
        _command.With("config/agents.config.instance4.json", "{\n  \"extend\": \"agents.config.json\"\n}");

        var outcome = await _command.RunAsync("config", "show", "--instances");

        Assert.Equal(ExitCode.Usage, outcome.ExitCode);
        Assert.Contains("config/agents.config.instance3.json:3: runtime.concurrency: found 0", outcome.Error);
        Assert.Contains("config/agents.config.instance4.json:2: the file: found the unknown key \"extend\"", outcome.Error);
        Assert.Contains("line 1", outcome.Output);
        Assert.Contains("instance3  config/agents.config.instance3.json  1 mistake, see below", outcome.Output);
    }

    [Fact]
    public async Task Programs_get_values_and_origins()
    {
        _command.With("config/agents.config.instance2.json", """{ "runtime": { "concurrency": 1 } }""").With("config/agents.config.wrong.json", "{ nothing");

        var outcome = await _command.RunAsync("config", "show", "--instances", "--json");

        Assert.Equal(ExitCode.Usage, outcome.ExitCode);
        var document = JsonDocument.Parse(outcome.Output).RootElement;
        Assert.Equal("config/agents.config.json", document.GetProperty("file").GetString());
        var instances = document.GetProperty("instances").EnumerateArray().ToList();
        Assert.Equal(["instance1", "instance2", "wrong"], instances.Select(one => one.GetProperty("name").GetString()));
        Assert.Equal(8, instances[0].GetProperty("slots").GetInt32());
        var first = instances[0].GetProperty("differences")[0];
        Assert.Equal(
            ("runtime.instance", "\"big\"", "config/agents.config.instance1.json:4", JsonValueKind.Null),
            (first.GetProperty("place").GetString(), first.GetProperty("value").GetString(), first.GetProperty("origin").GetString(), first.GetProperty("base").ValueKind));
        Assert.Equal(JsonValueKind.Null, instances[2].GetProperty("slots").ValueKind);
        Assert.Equal(instances[2].GetProperty("problems")[0].GetString(), Assert.Single(document.GetProperty("problems").EnumerateArray()).GetString());
        Assert.Contains("does not extend", Assert.Single(document.GetProperty("warnings").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task Without_instance_files_it_says_how_to_begin()
    {
        using var alone = new CommandRun();
        alone.With("config/agents.config.json", Base);

        var outcome = await alone.RunAsync("config", "show", "--instances");

        Assert.Equal(ExitCode.Done, outcome.ExitCode);
        Assert.Contains("agents.config.NAME.json and says { \"extends\": \"agents.config.json\" }", outcome.Output);
    }

    [Fact]
    public void A_narrow_terminal_gets_a_narrow_table()
    {
        var instance = new InstanceFile("a", "config/agents.config.a.json")
        {
            Loaded = Configuration.ConfigFolder.LoadText("{}"),
            Differences = [new("runtime.concurrency", new string('9', 200), new Origin(OriginKind.File, "config/agents.config.a.json", 3), "2")],
        };
        using var output = new StringWriter();
        var terminal = Terminal.Plain(TextReader.Null, output, TextWriter.Null);

        terminal.Console.Write(InstancesView.Of(instance, "config/agents.config.json", 80));

        Assert.All(output.ToString().Split('\n'), line => Assert.True(line.TrimEnd().Length <= 80, line));
        Assert.Equal(200, output.ToString().Count(character => character == '9'));
    }
}
