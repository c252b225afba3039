using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;

namespace Ripieno.Benchmarks.Redis;

/// <summary>
/// What a step costs Redis' thread when it is claimed and reported by itself, as the steps of agents are, whose calls take seconds: two scripts with nothing to share. The thread's time is what many
/// instances divide among themselves; the rate is one caller's, who waits for each answer. A heartbeat, the smallest commit, is what a script costs that changes next to nothing.
/// </summary>
internal sealed class RedisSinglesBenchmark : RedisBenchmark
{
    private const int Steps = 3000;
    private const int Run = 500;

    public override string Name => "redis-singles";

    public override string Summary => "steps that are claimed and reported one by one, and heartbeats: what they cost Redis' thread";

    public override async Task RepeatAsync(Repetition repetition)
    {
        var steps = repetition.Size(Steps, least: 100);
        var (opened, claimant) = await OpenAsync(repetition);
        await using var ended = opened;
        for (var run = 0; run * Run < steps; run++)
            await opened.Store.SubmitAsync(Work.Run($"run-{run}", Work.Steps(Run).Select(Work.WithInput)), CancellationToken.None);
        await opened.Store.SettleAsync(CancellationToken.None);
        var took = await repetition.MeterAsync(opened.Place, "steps", steps, async () =>
        {
            for (var done = 0; done < steps; done++)
            {
                var claimed = await claimant.ClaimAsync(1);
                await opened.Store.CompleteAsync(claimed[0].Lease, Work.SmallResult(claimed[0].Lease), CancellationToken.None);
            }
        });
        repetition.Record("steps, one caller", "steps/s", steps / took.TotalSeconds);
        took = await repetition.MeterAsync(opened.Place, "heartbeats", steps, async () =>
        {
            for (var done = 0; done < steps; done++)
                await claimant.RenewAsync();
        });
        repetition.Record("heartbeats, one caller", "calls/s", steps / took.TotalSeconds);
    }
}
