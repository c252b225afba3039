using System.Text.Json;
using Ripieno.Cli;
using Ripieno.Sqlite;
using Ripieno.Workers;

namespace Ripieno.Tests.Cli;

/// <summary>Checking, copying, replacing and adding up a store, as a user does it.</summary>
public sealed class StoreCommandTests : IDisposable
{
    private readonly CommandRun _command = new CommandRun().WithSimulation();

    private string StoreFile => Path.Combine(_command.Folder, "data", "ripieno.db");

    public void Dispose() => _command.Dispose();

    [Fact]
    public async Task A_check_tells_what_the_store_is_and_holds()
    {
        await _command.RunAsync("run", "Add a login", "--id", "one", "-q");
        await _command.RunAsync("submit", "Add a logout", "--id", "two", "-q");

        var told = await _command.RunAsync("store", "check");
        var json = JsonDocument.Parse((await _command.RunAsync("store", "check", "--json")).Output).RootElement;

        Assert.Equal((ExitCode.Done, ""), (told.ExitCode, told.Error));
        Assert.Contains("2: 1 running, 1 succeeded", told.Output);
        Assert.Contains("The store is sound.", told.Output);
        Assert.True(json.GetProperty("ok").GetBoolean());
        Assert.Equal(1, json.GetProperty("store").GetProperty("runs").GetProperty("running").GetInt32());
        Assert.Equal("sound", (await _command.RunAsync("store", "check", "-q")).Output.TrimEnd());
    }

    [Fact]
    public async Task What_does_not_agree_with_itself_is_told_with_what_to_do()
    {
        await _command.RunAsync("run", "Add a login", "--id", "one", "-q");
        using (var db = Connection.Open(StoreFile, readOnly: false))
            db.Run("UPDATE run SET failed = 7");

        var told = await _command.RunAsync("store", "check");
        var json = await _command.RunAsync("store", "check", "--json");

        Assert.Equal(ExitCode.Unavailable, told.ExitCode);
        Assert.Contains("one: its count of failed steps is wrong", told.Output);
        Assert.Contains("ripieno store restore FILE", told.Error);
        Assert.Equal(ExitCode.Unavailable, json.ExitCode);
        Assert.Single(JsonDocument.Parse(json.Output).RootElement.GetProperty("problems").EnumerateArray());
    }

    [Fact]
    public async Task A_file_too_damaged_to_be_opened_says_what_to_do()
    {
        await _command.RunAsync("run", "Add a login", "--id", "one", "-q");
        await Damage(StoreFile);

        var told = await _command.RunAsync("store", "check", "--json");

        Assert.Equal((ExitCode.Unavailable, ""), (told.ExitCode, told.Output));
        Assert.Contains("ripieno store restore FILE", told.Error);
    }

    [Fact]
    public async Task A_backup_is_made_once_and_overwritten_only_when_forced()
    {
        await _command.RunAsync("run", "Add a login", "--id", "one", "-q");

        var made = await _command.RunAsync("store", "backup", "copies/a.db");
        var again = await _command.RunAsync("store", "backup", "copies/a.db");
        var forced = await _command.RunAsync("store", "backup", "copies/a.db", "--force", "--json");

        Assert.Equal((ExitCode.Done, ""), (made.ExitCode, made.Error));
        Assert.Contains("runs 1: 1 succeeded; checked and sound", made.Output);
        Assert.Equal(ExitCode.Usage, again.ExitCode);
        Assert.Contains("--force", again.Error);
        var json = JsonDocument.Parse(forced.Output).RootElement;
        Assert.Equal(Path.Combine(_command.Folder, "copies", "a.db"), json.GetProperty("file").GetString());
        Assert.Equal(1, json.GetProperty("store").GetProperty("runs").GetProperty("succeeded").GetInt32());
        Assert.Single(_command.Files, file => file.StartsWith("copies" + Path.DirectorySeparatorChar, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_backup_takes_the_place_of_the_store_once_that_is_confirmed()
    {
        await _command.RunAsync("run", "Add a login", "--id", "before", "-q");
        await _command.RunAsync("store", "backup", "a.db");
        await _command.RunAsync("run", "Add a logout", "--id", "after", "-q");

        var refused = await _command.RunAsync("store", "restore", "a.db");
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("--yes", refused.Error);
        Assert.Contains("after", (await _command.RunAsync("runs", "-q")).Output);

        var restored = await _command.RunAsync("store", "restore", "a.db", "--yes", "--json");

        var json = JsonDocument.Parse(restored.Output).RootElement;
        Assert.Equal("before", (await _command.RunAsync("runs", "-q")).Output.TrimEnd());
        Assert.Equal("after\nbefore", (await _command.RunAsync("runs", "-q", "--store", json.GetProperty("replaced").GetString()!)).Output.TrimEnd().ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task A_damaged_store_is_replaced_by_its_backup()
    {
        await _command.RunAsync("run", "Add a login", "--id", "one", "-q");
        await _command.RunAsync("store", "backup", "a.db");
        await Damage(StoreFile);

        var restored = await _command.RunAsync("store", "restore", "a.db", "--yes");

        Assert.Equal((ExitCode.Done, ""), (restored.ExitCode, restored.Error));
        Assert.Contains(".before-restore-", restored.Output);
        Assert.Equal(ExitCode.Done, (await _command.RunAsync("store", "check")).ExitCode);
        Assert.Equal("one", (await _command.RunAsync("runs", "-q")).Output.TrimEnd());
    }

    [Fact]
    public async Task A_store_that_a_process_works_on_is_not_replaced()
    {
        await _command.RunAsync("run", "Add a login", "--id", "one", "-q");
        await _command.RunAsync("store", "backup", "a.db");
        await using (var store = await SqliteStore.OpenAsync(StoreFile, TimeProvider.System, default))
        {
            await store.RegisterInstanceAsync(ThisInstance.Describe("busy-worker", 1, TimeProvider.System), TimeSpan.FromHours(1), default);

            var refused = await _command.RunAsync("store", "restore", "a.db", "--yes");

            Assert.Equal(ExitCode.Usage, refused.ExitCode);
            Assert.Contains($"busy-worker (pid {Environment.ProcessId})", refused.Error);
        }

        Assert.DoesNotContain(_command.Files, file => file.Contains("restore", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_happened_is_added_up_and_outlives_the_runs()
    {
        await _command.RunAsync("run", "Add a login", "--id", "one", "-q");
        await _command.RunAsync("prune", "one", "--yes");

        var table = await _command.RunAsync("store", "figures");
        var hourly = await _command.RunAsync("store", "figures", "--hourly", "--since", "1h");
        var json = JsonDocument.Parse((await _command.RunAsync("store", "figures", "--json")).Output).RootElement;

        Assert.Contains("(whole runs)", table.Output);
        Assert.Contains("simulated/llama3.2", table.Output);
        Assert.Contains("hour", hourly.Output);
        var planner = json.GetProperty("figures").EnumerateArray().Single(row => row.GetProperty("agent").GetString() == "planner");
        Assert.Equal((1, 1, 1.0), (planner.GetProperty("arrived").GetInt32(), planner.GetProperty("succeeded").GetInt32(), planner.GetProperty("successRate").GetDouble()));
        Assert.True(planner.GetProperty("meanServiceSeconds").GetDouble() >= 0);
        Assert.True(planner.GetProperty("tokens").GetProperty("input").GetInt64() > 0);
    }

    [Fact]
    public async Task Where_nothing_happened_it_says_so()
    {
        await using (await SqliteStore.OpenAsync(StoreFile, TimeProvider.System, default))
        {
        }

        Assert.Contains("Nothing happened since", (await _command.RunAsync("store", "figures", "--since", "2h")).Output);
    }

    private static async Task Damage(string file)
    {
        await using var stream = File.OpenWrite(file);
        stream.Position = 100;
        await stream.WriteAsync(new byte[2000]);
    }
}
