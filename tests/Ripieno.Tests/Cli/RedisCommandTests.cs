using System.Text.Json;
using Ripieno.Cli;

namespace Ripieno.Tests.Cli;

/// <summary>A Redis on the command line and in the config, as far as no server is needed.</summary>
public sealed class RedisCommandTests : IDisposable
{
    private const string Canary = "hunter2";
    private const string InTheFile = """{ "runtime": { "store": { "kind": "redis", "endpoints": ["cache:7000"], "user": "me", "passwordEnv": "MINE", "partitions": 4 } } }""";

    private readonly CommandRun _command = new();

    public void Dispose() => _command.Dispose();

    [Theory]
    [InlineData("config show")]
    [InlineData("config show --json")]
    [InlineData("config check")]
    [InlineData("config check --json")]
    [InlineData("store backup a.db")]
    [InlineData("store restore a.db --json")]
    public async Task A_password_on_the_command_line_is_shown_to_nobody_and_warned_of(string line)
    {
        var outcome = await _command.RunAsync([.. line.Split(' '), "--store", $"redis://someone:{Canary}@cache:7000"]);

        Assert.Contains("--store redis://***@cache:7000 holds a password", outcome.Error);
        Assert.Contains("RIPIENO_REDIS_PASSWORD", outcome.Error);
        Hides(outcome, "someone");
    }

    [Theory]
    [InlineData("config show")]
    [InlineData("config show --json")]
    [InlineData("config show --instances")]
    [InlineData("config show --instances --json")]
    [InlineData("config check")]
    public async Task A_password_of_the_environment_is_shown_to_nobody(string line)
    {
        _command.WithVariable("RIPIENO_REDIS_PASSWORD", Canary).WithVariable("WHERE", $"redis://someone:{Canary}@cache:7000")
            .With("config/agents.config.json", """{ "runtime": { "store": { "kind": "redis", "connectionEnv": "WHERE" } } }""");

        var named = await _command.RunAsync(line.Split(' '));
        var onCommandLine = await _command.RunAsync([.. line.Split(' '), "--store", "redis:cache"]);

        Assert.Equal((ExitCode.Done, ExitCode.Done, "", ""), (named.ExitCode, onCommandLine.ExitCode, named.Error, onCommandLine.Error));
        Hides(named, "someone");
        Hides(onCommandLine, "someone");
    }

    [Theory]
    [InlineData("runs --sotre=redis://someone:hunter2@cache")]
    [InlineData("runs redis://someone:hunter2@cache")]
    [InlineData("runs --store redis://someone:hunter2@cache:none")]
    [InlineData("runs --store redis://someone:hunter2@cache --limit 0")]
    [InlineData("runs --store rediss://someone:hunter2@cache redis://someone:hunter2@cache")]
    [InlineData("runs --config redis://someone:hunter2@cache")]
    public async Task A_password_in_a_mistake_is_not_repeated(string line)
    {
        var outcome = await _command.RunAsync(line.Split(' '));

        Assert.Equal((ExitCode.Usage, ""), (outcome.ExitCode, outcome.Output));
        Hides(outcome, "someone");
    }

    [Fact]
    public async Task The_config_says_where_each_value_comes_from()
    {
        _command.WithVariable("MINE", Canary).With("config/agents.config.json", InTheFile);

        var shown = await _command.RunAsync("config", "show");
        var json = JsonDocument.Parse((await _command.RunAsync("config", "show", "--json")).Output).RootElement.GetProperty("values").EnumerateArray()
            .ToDictionary(value => value.GetProperty("place").GetString()!, value => value.GetProperty("value").GetString()!);

        Assert.Contains("\"passwordEnv\": \"MINE\",  // config/agents.config.json:1", shown.Output);
        Assert.Contains("\"keyPrefix\": \"ripieno\",  // default", shown.Output);
        Assert.Equal(("[\"cache:7000\"]", "4"), (json["runtime.store.endpoints"], json["runtime.store.partitions"]));
        Hides(shown);
    }

    [Fact]
    public async Task What_copies_files_says_how_a_redis_is_copied()
    {
        _command.WithVariable("MINE", Canary).With("config/agents.config.json", InTheFile);

        var backup = await _command.RunAsync("store", "backup", "a.db");
        var restore = await _command.RunAsync("store", "restore", "a.db");

        Assert.Equal((ExitCode.Usage, ExitCode.Usage), (backup.ExitCode, restore.ExitCode));
        Assert.Contains("The store redis:cache:7000 is a Redis", backup.Error);
        Assert.Contains("BGREWRITEAOF", backup.Error);
        Assert.Contains("Stop the workers and the server", restore.Error);
    }

    private void Hides(CommandOutcome outcome, string user = Canary)
    {
        foreach (var secret in new[] { Canary, user })
        {
            Assert.DoesNotContain(secret, outcome.Output);
            Assert.DoesNotContain(secret, outcome.Error);
        }

        Assert.DoesNotContain(_command.Files, file => File.Exists(Path.Combine(_command.Folder, file)) && !file.StartsWith("config", StringComparison.Ordinal)
            && File.ReadAllText(Path.Combine(_command.Folder, file)).Contains(Canary, StringComparison.Ordinal));
    }
}
