using Ripieno.Cli;

namespace Ripieno.Tests.Cli;

public sealed class HelpTests : IDisposable
{
    private readonly CommandRun _command = new();

    public void Dispose() => _command.Dispose();

    [Theory]
    [InlineData("init")]
    [InlineData("run")]
    [InlineData("resume")]
    [InlineData("retry")]
    [InlineData("submit")]
    [InlineData("worker")]
    [InlineData("runs")]
    [InlineData("show")]
    [InlineData("watch")]
    [InlineData("logs")]
    [InlineData("cancel")]
    [InlineData("artifacts")]
    [InlineData("config check")]
    [InlineData("config show")]
    [InlineData("doctor")]
    [InlineData("simulate")]
    [InlineData("dead-letter list")]
    [InlineData("dead-letter show")]
    [InlineData("dead-letter retry")]
    [InlineData("prune")]
    [InlineData("store check")]
    [InlineData("store backup")]
    [InlineData("store restore")]
    [InlineData("store figures")]
    [InlineData("drill failover")]
    public async Task Every_command_has_help_with_examples_and_the_common_options(string name)
    {
        var outcome = await _command.RunAsync([.. name.Split(' '), "--help"]);

        Assert.Equal(ExitCode.Done, outcome.ExitCode);
        Assert.Contains($"ripieno {name}", outcome.Output[outcome.Output.IndexOf("Examples:", StringComparison.Ordinal)..]);
        Assert.All((string[])["--config", "--store", "--json", "--quiet"], option => Assert.Contains(option, outcome.Output));
        Assert.Empty(outcome.Error);
        Assert.Empty(_command.Files);
    }

    [Fact]
    public async Task Without_arguments_the_commands_are_listed()
    {
        var outcome = await _command.RunAsync();

        Assert.Equal(ExitCode.Done, outcome.ExitCode);
        Assert.Contains("ripieno [command]", outcome.Output);
        Assert.Contains("--provider simulated", outcome.Output);
    }

    [Fact]
    public async Task The_version_is_one_line_and_touches_nothing()
    {
        _command.With("config/agents.config.json", "not even JSON");

        var outcome = await _command.RunAsync("--version");

        Assert.Equal(ExitCode.Done, outcome.ExitCode);
        Assert.Matches(@"^ripieno \d+\.\d+\.\d+\s*$", outcome.Output);
        Assert.Equal(2, _command.Files.Length);
    }
}
