using System.Text.Json;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Redis;

/// <summary>The commands on a real Redis, and on one that is not there.</summary>
[Collection(Collections.Redis)]
public sealed class RedisCommandTests
{
    private const int Done = 0, Usage = 2, Unavailable = 3;
    private const string Canary = "hunter2-canary";
    private const string Simulation = """{ "runtime": { "defaultProvider": "simulated", "simulated": { "latency": "10ms", "revisionRate": 0 } } }""";

    [Fact]
    public async Task Every_command_works_on_a_redis_and_shows_its_password_to_nobody()
    {
        await using var server = await RedisServer.StartAsync(new() { Password = Canary });
        using var workspace = new Workspace();
        workspace.Write("config/agents.config.json", Simulation);
        workspace.Write("secret", Canary + "\n");
        var told = new List<ProcessResult>();
        var byVariable = new Dictionary<string, string> { ["RIPIENO_REDIS_PASSWORD"] = Canary };
        var byFile = new Dictionary<string, string> { ["RIPIENO_REDIS_PASSWORD_FILE"] = workspace.In("secret") };
        var store = "redis:" + server.Endpoint;

        Assert.Contains("There are no runs", (await RunAsync(byVariable, store, "runs")).Exits(Done).Output, StringComparison.Ordinal);
        Assert.Contains("no store at", (await RunAsync(byVariable, store, "show", "one")).Exits(Usage).Error, StringComparison.Ordinal);
        Assert.Contains("will be made", (await RunAsync(byVariable, store, "doctor")).Exits(Done).Output, StringComparison.Ordinal);
        Assert.Equal(0L, await server.CallAsync("DBSIZE"));

        (await RunAsync(byVariable, store, "run", "Add a login", "--id", "one")).Exits(Done);
        (await RunAsync(byFile, store, "submit", "Add a logout", "--id", "two")).Exits(Done);
        Assert.Contains("succeeded", (await RunAsync(null, $"redis://:{Canary}@{server.Endpoint}", "show", "one")).Exits(Done).Output, StringComparison.Ordinal);
        (await RunAsync(byVariable, store, "cancel", "two")).Exits(Done);
        (await RunAsync(byVariable, store, "artifacts", "one", "--out", "elsewhere")).Exits(Done);
        Assert.Contains("(whole runs)", (await RunAsync(byVariable, store, "store", "figures")).Exits(Done).Output, StringComparison.Ordinal);
        (await RunAsync(byVariable, store, "prune", "two", "--yes")).Exits(Done);
        Assert.Contains("appendfsync everysec", (await RunAsync(byVariable, store, "doctor")).Exits(Done).Output, StringComparison.Ordinal);
        var check = JsonDocument.Parse((await RunAsync(byVariable, store, "store", "check", "--json")).Exits(Done).Output).RootElement;
        Assert.True(check.GetProperty("ok").GetBoolean());
        Assert.Equal(("redis", 1), (check.GetProperty("store").GetProperty("kind").GetString(), check.GetProperty("store").GetProperty("runs").GetProperty("succeeded").GetInt32()));

        var refused = (await RunAsync(null, store, "runs")).Exits(Unavailable);
        Assert.Contains("RIPIENO_REDIS_PASSWORD", refused.Error, StringComparison.Ordinal);
        (await RunAsync(null, $"redis://:wrong-{Canary}@{server.Endpoint}", "runs")).Exits(Unavailable);

        Assert.True(File.Exists(workspace.In("elsewhere", "one", "summary.md")));
        Assert.All(told, result => Assert.DoesNotContain(Canary, result.Output + result.Error, StringComparison.Ordinal));
        Assert.All(
            Directory.EnumerateFiles(workspace.Folder, "*", SearchOption.AllDirectories).Where(file => file != workspace.In("secret")),
            file => Assert.DoesNotContain(Canary, File.ReadAllText(file), StringComparison.Ordinal));

        async Task<ProcessResult> RunAsync(IReadOnlyDictionary<string, string>? environment, string address, params string[] arguments)
        {
            var result = await RipienoProcess.RunAsync(workspace, environment, [.. arguments, "--store", address]);
            told.Add(result);
            return result;
        }
    }

    [Fact]
    public async Task Without_a_server_every_command_says_where_it_looked_and_what_to_do()
    {
        using var workspace = new Workspace();
        workspace.Write("config/agents.config.json", Simulation);
        string[][] commands = [["run", "x"], ["submit", "x"], ["worker"], ["show"], ["runs"], ["store", "check"]];

        var results = await Task.WhenAll(commands.Select(command => RipienoProcess.RunAsync(workspace, [.. command, "--store", "redis:127.0.0.1:1"])));

        Assert.All(results, result =>
        {
            Assert.Equal("", result.Exits(Unavailable).Output);
            Assert.Contains("127.0.0.1:1. Is it running", result.Error, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_full_memory_refuses_new_runs_and_can_be_looked_at_and_pruned()
    {
        await using var server = await RedisServer.StartAsync();
        using var workspace = new Workspace();
        workspace.Write("config/agents.config.json", Simulation);
        (await RunAsync("run", "x", "--id", "old")).Exits(Done);
        (await RunAsync("submit", "x", "--id", "waiting")).Exits(Done);

        await server.CallAsync("CONFIG", "SET", "maxmemory", "1");

        Assert.Contains("maxmemory", (await RunAsync("submit", "x", "--id", "new")).Exits(Unavailable).Error, StringComparison.Ordinal);
        (await RunAsync("show", "old")).Exits(Done);
        (await RunAsync("store", "check")).Exits(Done);
        (await RunAsync("cancel", "waiting")).Exits(Done);
        (await RunAsync("prune", "old", "waiting", "--yes")).Exits(Done);

        await server.CallAsync("CONFIG", "SET", "maxmemory", "0");
        (await RunAsync("run", "x", "--id", "new")).Exits(Done);

        Task<ProcessResult> RunAsync(params string[] arguments) => RipienoProcess.RunAsync(workspace, [.. arguments, "--store", "redis:" + server.Endpoint]);
    }
}
