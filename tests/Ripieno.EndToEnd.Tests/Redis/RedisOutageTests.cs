using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Redis;

/// <summary>A server that goes away under a run and a worker, and comes back.</summary>
[Collection(Collections.Redis)]
public sealed class RedisOutageTests
{
    private const int Done = 0;
    private const string Away = "the store is away", Back = "the store is back", SaidBack = "The store answers again";

    [Fact]
    public async Task Run_and_worker_say_once_that_it_is_away_and_go_on_by_themselves()
    {
        await using var server = await RedisServer.StartAsync(new() { AppendFsync = "always" });
        using var workspace = new Workspace();
        // Longer than a worker repeats before it complains, so that a step is in flight all the time.
        workspace.Write("config/agents.config.json", """{ "runtime": { "defaultProvider": "simulated", "simulated": { "latency": "5s", "revisionRate": 0 } } }""");
        var store = "redis:" + server.Endpoint;
        using var run = RipienoProcess.Start(workspace, null, "run", "Add a login", "--id", "one", "--store", store);
        using var worker = RipienoProcess.Start(workspace, null, "worker", "--store", store);
        await UntilAsync(async () => await server.CallAsync("HLEN", "{ripieno:0}:names") is 2L || run.HasExited);

        await server.KillAsync();
        await UntilAsync(() => (Logged(Away) >= 2 && Said(run.OutputSoFar) && Said(worker.ErrorSoFar)) || run.HasExited);
        await server.RestartAsync();
        await UntilAsync(() => Logged(Back) >= 2 || run.HasExited);

        var ran = (await run.WaitAsync()).Exits(Done);
        worker.Signal("TERM");
        var worked = (await worker.WaitAsync()).Exits(Done);
        Assert.Equal((1, 1), (Count(ran.Output, SaidBack), Count(worked.Error, SaidBack)));
        Assert.InRange(Count(ran.Output, "does not answer"), 1, 2);
        Assert.InRange(Count(worked.Error, "does not answer"), 1, 2);
        Assert.Contains("1 accepted", ran.Output, StringComparison.Ordinal);

        // They look once a second whether there is something to say: an outage in between is not worth a word.
        static bool Said(string told) => told.Contains("does not answer", StringComparison.Ordinal);

        // How many processes: each has a log of its own, and may give several reasons.
        int Logged(string text) => Directory.Exists(workspace.In("logs"))
            ? Directory.EnumerateFiles(workspace.In("logs")).Count(file => Count(Read(file), text) > 0)
            : 0;
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static string Read(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        // Far above any need: only a hang gets there.
        for (var look = 0; look < 6000; look++)
        {
            if (await condition())
                return;
            await Task.Delay(20);
        }

        Assert.Fail("The condition did not come true.");
    }
}
