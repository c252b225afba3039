using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Benchmarks.Stores;

/// <summary>Runs that are larger than what one may begin with: made as planners make them, by a root step that expands into the rest.</summary>
internal static class Expanding
{
    /// <summary>Returns when all of it is there.</summary>
    /// <param name="store">Where to.</param>
    /// <param name="claimant">Executes the root; nothing else may wait.</param>
    /// <param name="run">Its id.</param>
    /// <param name="steps">How many the root becomes.</param>
    /// <param name="shape">What is done to each, with its number.</param>
    public static async Task SubmitAsync(IStore store, Claimant claimant, string run, int steps, Func<StepSpec, int, StepSpec> shape)
    {
        await store.SubmitAsync(Work.Run(run, [Work.Step("root")]), CancellationToken.None);
        var root = (await claimant.ClaimAsync(1)).Single();
        await store.CompleteAsync(root.Lease, new() { Expansion = new(ExpansionTarget.Self, [.. Work.Steps(steps).Select(shape)]) }, CancellationToken.None);
        await store.SettleAsync(CancellationToken.None);
    }
}
