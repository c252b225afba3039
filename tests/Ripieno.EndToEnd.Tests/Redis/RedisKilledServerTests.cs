using Ripieno.EndToEnd.Tests.Ledgers;

namespace Ripieno.EndToEnd.Tests.Redis;

/// <summary>The Redis is killed under three workers and comes back with what it had on disk.</summary>
[Collection("processes")]
public sealed class RedisKilledServerTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("Promise", "I1")]
    public async Task With_a_flush_for_each_commit_nothing_is_lost()
    {
        var seed = Storms.Seed(2101);
        var random = new Random(seed);
        var kills = Storms.Long ? 30 : 3;
        await using var fleet = await RedisFleet.StartAsync(seed);

        var (hit, refused) = (0, 0);
        for (var kill = 0; kill < kills; kill++)
        {
            await fleet.AcceptAsync(runs: 2, tasks: 8);
            await fleet.UnderLoadAsync();
            await Task.Delay(random.Next(0, 300));
            hit += (await fleet.HeldAsync()).Count;
            // On its way when the server dies: accepted or not, but never accepted and gone.
            var run = fleet.NextRun();
            var submitted = fleet.Ledger.SubmitAsync(run, tasks: 2);
            await Task.Delay(random.Next(0, 500));
            await fleet.Redis.KillAsync();
            await fleet.Redis.RestartAsync();
            if ((await submitted).ExitCode == 0)
                continue;
            refused++;
            await fleet.Ledger.AcceptAsync(run, tasks: 2);
        }

        var findings = await fleet.EndAsync();
        output.Tell($"seed {seed}: {kills} kills of the server, {hit} steps under way, {refused} submissions refused; {findings}");
        findings.AssertKept();
        Assert.Equal(0L, findings.Deaths);
        Assert.True(hit >= kills, "Each kill must have come under load.");
    }
}
