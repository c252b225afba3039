using Ripieno.Benchmarks.Measuring;
using Ripieno.Benchmarks.Stores;
using Ripieno.Storage;

namespace Ripieno.Benchmarks.Storing;

/// <summary>Many callers that report claimed steps done, each step with a result and with one that becomes ready by it.</summary>
internal static class Completing
{
    /// <summary>
    /// As many runs as callers, as in the bare store, or more if those could not begin with so many steps; in them as many claimed steps as will be reported, each with
    /// one that waits for it. The claim hands them out run by run in turn, so that callers spread over the runs.
    /// </summary>
    public static async Task<IReadOnlyList<StepLease>> PrepareAsync(IStore store, Claimant claimant, int callers, int steps)
    {
        const int Chains = ContentLimits.FirstSteps / 2;
        var runs = Math.Max(callers, (steps + Chains - 1) / Chains);
        var chains = (int)Math.Ceiling((double)steps / runs);
        await Task.WhenAll(Enumerable.Range(0, runs).Select(run => store.SubmitAsync(
            Work.Run($"run-{run}", Enumerable.Range(0, chains).SelectMany(chain => Work.Chain($"chain-{chain}", 2))), CancellationToken.None)));
        var leases = new List<StepLease>(steps);
        while (await claimant.ClaimAsync(1000) is { Count: > 0 } claimed)
            leases.AddRange(claimed.Select(step => step.Lease));
        return leases;
    }

    /// <summary>Ends when the time is over or nothing is left.</summary>
    public static Task<Load> CompleteAsync(IStore store, IReadOnlyList<StepLease> leases, int callers, TimeSpan length, CancellationToken cancellation)
    {
        var next = -1;
        return Callers.RunAsync(
            callers,
            length,
            async _ =>
            {
                if (Interlocked.Increment(ref next) is var taken && taken >= leases.Count)
                    return false;
                var lease = leases[taken];
                var outcome = await store.CompleteAsync(lease, Work.Result(lease), CancellationToken.None);
                return outcome == ReportOutcome.Recorded ? true : throw new InvalidOperationException($"Step {lease} was answered {outcome}: the benchmark is wrong.");
            },
            cancellation);
    }
}
