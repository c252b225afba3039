using Ripieno.Cli.Grammar;

namespace Ripieno.Tests.Cli;

/// <summary>What the user is told to do next finds what this command worked on.</summary>
public sealed class FollowUpTests : IDisposable
{
    private readonly CommandRun _command = new CommandRun().WithSimulation().With("backlog.md", "- [ ] one\n");

    public void Dispose() => _command.Dispose();

    [Fact]
    public void Options_go_along_as_a_shell_takes_them_and_without_a_password()
    {
        Assert.Equal("ripieno watch r", FollowUp.None.Command("watch r"));
        Assert.Equal("ripieno watch r --store redis:host:6379", Of(null, "redis:host:6379").Command("watch r"));
        Assert.Equal("ripieno watch r --config 'my config/it'\\''s.json' --store sqlite:a.db", Of("my config/it's.json", "sqlite:a.db").Command("watch r"));
        Assert.DoesNotContain("secret", Of(null, "redis://me:secret@host:6379").Command("watch r"), StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_that_name_commands_are_followed_by_what_these_need()
    {
        Assert.Equal("Such commands need --store sqlite:a.db too.", Of(null, "sqlite:a.db").Hint(["Run r has ended.", "See: ripieno show r"]));
        Assert.Null(Of(null, "sqlite:a.db").Hint(["Run r has ended."]));
        Assert.Null(FollowUp.None.Hint(["See: ripieno show r"]));
    }

    [Fact]
    public async Task Commands_say_it()
    {
        var submitted = await _command.RunAsync("submit", "backlog.md", "--id", "one", "--store", "sqlite:other.db");
        var shown = await _command.RunAsync("show", "one", "--store", "sqlite:other.db");
        var unknown = await _command.RunAsync("show", "two", "--store", "sqlite:other.db");

        Assert.Contains("ripieno worker --store sqlite:other.db. Follow it: ripieno watch one --store sqlite:other.db", submitted.Error, StringComparison.Ordinal);
        Assert.Contains("Watch: ripieno watch one --store sqlite:other.db", shown.Output, StringComparison.Ordinal);
        Assert.Contains("Such commands need --store sqlite:other.db too.", unknown.Error, StringComparison.Ordinal);
    }

    private static FollowUp Of(string? config, string? store) => FollowUp.Of(new CommonSettings(config, store, Json: false, Quiet: false));
}
