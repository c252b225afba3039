using System.Text.Json;
using Ripieno.Cli;
using Ripieno.Sqlite;
using Ripieno.Storage;
using Ripieno.Workers;

namespace Ripieno.Tests.Cli;

/// <summary>A plan that takes its process down each time, as an operator sees it.</summary>
public sealed class DeadLetterCommandTests : IDisposable
{
    private readonly CommandRun _command = new CommandRun().WithSimulation();

    public void Dispose() => _command.Dispose();

    [Fact]
    public async Task A_step_that_was_given_up_is_listed_with_what_to_do()
    {
        await GiveUpAsync("deadly");

        var listed = await _command.RunAsync("dead-letter", "list");
        var ofRun = await _command.RunAsync("dead-letter", "list", "deadly", "--json");

        Assert.Equal((ExitCode.Done, ""), (listed.ExitCode, listed.Error));
        Assert.Contains("4 processes, 2 alone", listed.Output);
        Assert.Contains("ripieno dead-letter show deadly plan", listed.Output);
        var letter = Assert.Single(JsonDocument.Parse(ofRun.Output).RootElement.GetProperty("deadLetters").EnumerateArray());
        Assert.Equal("deadly", letter.GetProperty("run").GetString());
        Assert.Equal(("dead-lettered", 4, 2), (
            letter.GetProperty("step").GetProperty("status").GetString(), letter.GetProperty("step").GetProperty("deaths").GetInt32(),
            letter.GetProperty("step").GetProperty("deathsAlone").GetInt32()));
        Assert.Equal("deadly plan", (await _command.RunAsync("dead-letter", "list", "-q")).Output.TrimEnd());
    }

    [Fact]
    public async Task Its_story_names_every_process_that_ended_with_it()
    {
        await GiveUpAsync("deadly");

        var shown = await _command.RunAsync("dead-letter", "show", "deadly", "plan");
        var json = JsonDocument.Parse((await _command.RunAsync("dead-letter", "show", "deadly", "plan", "--json")).Output).RootElement;

        Assert.All((string[])["killed-1", "killed-2", "killed-3", "killed-4"], name => Assert.Contains(name, shown.Output));
        Assert.Matches(@"killed-2 +│ no +│", shown.Output);
        Assert.Matches(@"killed-3 +│ yes +│", shown.Output);
        Assert.Contains("What it was given: {", shown.Output);
        Assert.Contains("Add a login", shown.Output);
        Assert.Contains("ripieno dead-letter retry deadly plan", shown.Output);
        Assert.Equal(
            [(1, "killed-1", false), (2, "killed-2", false), (3, "killed-3", true), (4, "killed-4", true)],
            json.GetProperty("deaths").EnumerateArray().Select(death => (
                death.GetProperty("execution").GetInt32(), death.GetProperty("instance").GetString()!, death.GetProperty("alone").GetBoolean())));
        Assert.Contains("Add a login", json.GetProperty("input").GetString());
    }

    [Fact]
    public async Task It_is_retried_once_its_run_has_ended_and_then_executed()
    {
        await GiveUpAsync("deadly");
        var early = await _command.RunAsync("dead-letter", "retry", "deadly");
        Assert.Equal(ExitCode.Usage, early.ExitCode);
        Assert.Contains("has not ended yet", early.Error);
        Assert.Equal(ExitCode.RunFailed, (await _command.RunAsync("resume", "deadly", "-q")).ExitCode);

        var retried = await _command.RunAsync("dead-letter", "retry", "deadly", "plan");
        Assert.Equal((ExitCode.Done, ""), (retried.ExitCode, retried.Error));
        Assert.Contains("ripieno resume deadly", retried.Output);

        Assert.Equal(ExitCode.Done, (await _command.RunAsync("resume", "deadly", "-q")).ExitCode);
        Assert.Contains("No step was given up", (await _command.RunAsync("dead-letter", "list")).Output);
    }

    [Fact]
    public async Task Only_what_was_given_up_is_meant()
    {
        _command.WithSimulation(revisionRate: 1);
        await _command.RunAsync("run", "Add a login", "--id", "failed", "-q");

        var all = await _command.RunAsync("dead-letter", "retry", "failed");
        var named = await _command.RunAsync("dead-letter", "retry", "failed", "add-a-login");
        var unknown = await _command.RunAsync("dead-letter", "show", "failed", "nothing");
        var nobody = await _command.RunAsync("dead-letter", "list", "nobody");

        Assert.All([all, named, unknown, nobody], outcome => Assert.Equal((ExitCode.Usage, ""), (outcome.ExitCode, outcome.Output)));
        Assert.Contains("ripieno retry failed", all.Error);
        Assert.Contains("was not given up, it is failed. To try it again: ripieno retry failed add-a-login", named.Error);
        Assert.Contains("has no step 'nothing'", unknown.Error);
        Assert.Contains("There is no run 'nobody'", nobody.Error);
        Assert.Contains("No step of run failed was given up", (await _command.RunAsync("dead-letter", "list", "failed")).Output);
    }

    private async Task GiveUpAsync(string run)
    {
        await _command.RunAsync("submit", "Add a login", "--id", run, "-q");
        await using var store = await SqliteStore.OpenAsync(Path.Combine(_command.Folder, "data", "ripieno.db"), TimeProvider.System, default);
        for (var death = 1; death <= 4; death++)
        {
            var killed = ThisInstance.Describe($"killed-{death}", 1, TimeProvider.System) with { Pid = int.MaxValue };
            await store.RegisterInstanceAsync(killed, TimeSpan.FromHours(1), default);
            Assert.Single(await store.ClaimAsync(
                new() { Incarnation = killed.Incarnation, Classes = [new(new("default", "planner"), 1)], Count = 1, Lease = TimeSpan.FromHours(1) }, default));
            await store.EndInstanceAsync(killed.Incarnation, InstanceEnd.Died, default);
        }
    }
}
