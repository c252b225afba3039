using System.Text.Json;
using Ripieno.Cli;
using Ripieno.Sqlite;

namespace Ripieno.Tests.Cli;

public sealed class PruneCommandTests : IDisposable
{
    private readonly CommandRun _command = new CommandRun().WithSimulation();

    public void Dispose() => _command.Dispose();

    [Fact]
    public async Task Nothing_goes_without_an_age_or_a_name()
    {
        await MakeAsync("one");

        var refused = await _command.RunAsync("prune", "--yes");

        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("runtime.retention", refused.Error);
        Assert.Contains("--older-than 30d", refused.Error);
    }

    [Fact]
    public async Task A_dry_run_only_shows()
    {
        await MakeAsync("one");

        var shown = await _command.RunAsync("prune", "--older-than", "0s", "--dry-run");
        var json = JsonDocument.Parse((await _command.RunAsync("prune", "--older-than", "0s", "--dry-run", "--json")).Output).RootElement;

        Assert.Equal((ExitCode.Done, ""), (shown.ExitCode, shown.Error));
        Assert.Contains("Would go: 1 run (1 succeeded)", shown.Output);
        Assert.True(json.GetProperty("dryRun").GetBoolean());
        Assert.Equal(0, json.GetProperty("deleted").GetInt32());
        Assert.Equal("one", Assert.Single(json.GetProperty("runs").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal("one", await RunsAsync());
    }

    [Fact]
    public async Task Without_a_terminal_a_yes_is_needed()
    {
        await MakeAsync("one");

        var refused = await _command.RunAsync("prune", "--older-than", "0s");
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("1 run would be deleted. Nothing was done: say --yes", refused.Error);
        Assert.Equal("one", await RunsAsync());

        var done = await _command.RunAsync("prune", "--older-than", "0s", "--yes");
        Assert.Equal(ExitCode.Done, done.ExitCode);
        Assert.Contains("Deleted 1 run.", done.Output);
        Assert.Contains("artifacts/ are left alone", done.Output);
        Assert.Equal("", await RunsAsync());
        Assert.True(File.Exists(Path.Combine(_command.Folder, "artifacts", "one", "summary.md")));

        Assert.Contains("nothing to prune", (await _command.RunAsync("prune", "--older-than", "0s", "--yes")).Output);
    }

    [Fact]
    public async Task Status_and_age_choose()
    {
        await MakeAsync("good");
        _command.WithSimulation(revisionRate: 1);
        await MakeAsync("bad");

        Assert.Contains("nothing to prune", (await _command.RunAsync("prune", "--older-than", "1h", "--yes")).Output);
        var both = await _command.RunAsync("prune", "--older-than", "0s", "--status", "failed", "--status", "cancelled", "--yes", "-q");

        Assert.Equal("bad", both.Output.TrimEnd());
        Assert.Equal("good", await RunsAsync());
    }

    [Fact]
    public async Task Named_runs_go_whatever_their_age_and_only_when_they_have_ended()
    {
        await MakeAsync("one");
        await MakeAsync("two");
        await _command.RunAsync("submit", "Add a logout", "--id", "open", "-q");

        var open = await _command.RunAsync("prune", "one", "open", "--yes");
        Assert.Equal(ExitCode.Usage, open.ExitCode);
        Assert.Contains("ripieno cancel open", open.Error);
        var unknown = await _command.RunAsync("prune", "one", "nobody", "--yes");
        Assert.Equal(ExitCode.Usage, unknown.ExitCode);
        Assert.Contains("'nobody'", unknown.Error);

        var json = JsonDocument.Parse((await _command.RunAsync("prune", "one", "--yes", "--json")).Output).RootElement;
        Assert.Equal(1, json.GetProperty("deleted").GetInt32());
        Assert.Equal("open\ntwo", await RunsAsync());
    }

    [Fact]
    public async Task Without_more_the_configured_retention_counts()
    {
        await MakeAsync("one");
        Configure("""{ "failed": "1m" }""");

        Assert.Contains("nothing to prune", (await _command.RunAsync("prune", "--yes")).Output);
        var never = await _command.RunAsync("prune", "--status", "succeeded", "--yes");
        Assert.Equal(ExitCode.Usage, never.ExitCode);
        Assert.Contains("keeps succeeded runs for ever", never.Error);
    }

    [Fact]
    public async Task A_worker_prunes_by_itself_what_the_config_lets_go()
    {
        await MakeAsync("old");
        await MakeAsync("new");
        Age("old");
        Configure("""{ "succeeded": "30d" }""");

        using var stop = new Interruption(_ => { });
        _command.Interruption = stop;
        var worker = _command.RunAsync("worker", "-q");
        _command.Interruption = new(_ => { });
        while (!Logged().Contains("pruned 1 ended runs", StringComparison.Ordinal))
            await RunsAsync();
        stop.Raise();

        Assert.Equal(ExitCode.Done, (await worker).ExitCode);
        Assert.Equal("new", await RunsAsync());
    }

    [Fact]
    public async Task Weights_and_the_bound_on_deaths_go_with_a_run()
    {
        _command.With(
            "config/agents.config.json",
            """{ "runtime": { "defaultProvider": "simulated", "maxDeathsAlone": 5 }, "tenants": { "research": { "weight": 3 } } }""");
        await _command.RunAsync("submit", "Add a login", "--id", "a", "--tenant", "research");
        await _command.RunAsync("submit", "Add a login", "--id", "b");

        using var db = Connection.Open(StoreFile, readOnly: true);

        Assert.Equal([(3, 5), (1, 5)], db.List("SELECT tenant_weight, max_deaths_alone FROM run ORDER BY id", [], row => (row.GetInt32(0), row.GetInt32(1))));
    }

    private string StoreFile => Path.Combine(_command.Folder, "data", "ripieno.db");

    private Task<CommandOutcome> MakeAsync(string id) => _command.RunAsync("run", "Add a login", "--id", id, "-q");

    private async Task<string> RunsAsync() => (await _command.RunAsync("runs", "-q")).Output.TrimEnd().ReplaceLineEndings("\n");

    private void Configure(string retention) => _command.With(
        "config/agents.config.json", $$"""{ "runtime": { "defaultProvider": "simulated", "simulated": { "latency": "1ms" }, "retention": {{retention}} } }""");

    private string Logged() => string.Concat(Directory.GetFiles(Path.Combine(_command.Folder, "logs")).Select(path =>
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }));

    /// <summary>As if the run had ended a hundred days ago.</summary>
    private void Age(string run)
    {
        using var db = Connection.Open(StoreFile, readOnly: false);
        db.Run($"UPDATE run SET finished = finished - {100L * 24 * 3600 * 1000} WHERE id = '{run}'");
    }
}
