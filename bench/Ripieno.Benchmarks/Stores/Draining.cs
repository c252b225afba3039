using Ripieno.Storage;

namespace Ripieno.Benchmarks.Stores;

/// <summary>Executes steps that do nothing: several loops claim them and report them done, until as many as expected are through.</summary>
internal static class Draining
{
    /// <summary>Loops at once: while one claims, the reports of others fill the commit.</summary>
    private const int Loops = 4;

    /// <summary>Steps of one claim, all reported at once; the yardstick claims as many.</summary>
    private const int Batch = 100;

    public static Task DrainAsync(IStore store, Claimant claimant, int steps, CancellationToken cancellation) =>
        DrainAsync(store, claimant, steps, Loops, Work.Result, cancellation);

    /// <param name="store">Where the steps are.</param>
    /// <param name="claimant">Who executes them; other loops than the first are instances of their own, because an instance makes one claim after the other.</param>
    /// <param name="steps">How many there are.</param>
    /// <param name="loops">As many times 100 steps are under way at most.</param>
    /// <param name="completion">What a step reports.</param>
    /// <param name="cancellation">Ends it early.</param>
    public static async Task DrainAsync(
        IStore store, Claimant claimant, int steps, int loops, Func<StepLease, StepCompletion> completion, CancellationToken cancellation)
    {
        var done = 0;
        List<Claimant> claimants = [claimant];
        while (claimants.Count < loops)
            claimants.Add(await claimant.RegisterAnotherAsync());
        await Task.WhenAll(claimants.Select(one => Task.Run(() => LoopAsync(one), cancellation)));

        async Task LoopAsync(Claimant claimant)
        {
            var seen = 0L;
            List<ClaimedStep> held = [];
            while (Volatile.Read(ref done) < steps)
            {
                cancellation.ThrowIfCancellationRequested();
                seen = await store.WaitForChangeAsync(seen, TimeSpan.Zero, cancellation);
                // As a worker does: what follows at once goes on, and claims fill the slots that are free.
                if (held.Count < Batch)
                    held.AddRange(await claimant.ClaimAsync(Batch - held.Count));
                var replies = await Task.WhenAll(held.Select(step => store.CompleteAsync(step.Lease, completion(step.Lease), claimant.Next, CancellationToken.None)));
                Interlocked.Add(ref done, held.Count);
                if (held.Count == 0 && Volatile.Read(ref done) < steps)
                    seen = await store.WaitForChangeAsync(seen, TimeSpan.FromMilliseconds(20), cancellation);
                held = [.. replies.Select(reply => reply.FollowUp).OfType<ClaimedStep>()];
            }
        }
    }
}
