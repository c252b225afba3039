using Ripieno.Storage;

namespace Ripieno.Benchmarks.Stores;

/// <summary>Executes steps that do nothing: several loops claim them and report them done, until as many as expected are through.</summary>
internal static class Draining
{
    /// <summary>Loops at once: while one claims, the reports of others fill the commit.</summary>
    private const int Loops = 4;

    /// <summary>Steps of one claim, all reported at once; the yardstick claims as many.</summary>
    private const int Batch = 100;

    public static Task DrainAsync(IStore store, Claimant claimant, int steps, CancellationToken cancellation)
    {
        var done = 0;
        return Task.WhenAll(Enumerable.Range(0, Loops).Select(_ => Task.Run(LoopAsync, cancellation)));

        async Task LoopAsync()
        {
            var seen = 0L;
            while (Volatile.Read(ref done) < steps)
            {
                cancellation.ThrowIfCancellationRequested();
                seen = await store.WaitForChangeAsync(seen, TimeSpan.Zero, cancellation);
                var claimed = await claimant.ClaimAsync(Batch);
                await Task.WhenAll(claimed.Select(step => store.CompleteAsync(step.Lease, Work.Result(step.Lease), CancellationToken.None)));
                Interlocked.Add(ref done, claimed.Count);
                if (claimed.Count == 0 && Volatile.Read(ref done) < steps)
                    seen = await store.WaitForChangeAsync(seen, TimeSpan.FromMilliseconds(20), cancellation);
            }
        }
    }
}
