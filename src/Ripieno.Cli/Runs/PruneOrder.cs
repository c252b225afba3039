using Ripieno.Coordination;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Cli.Runs;

/// <summary>What the command line says of runs to be deleted.</summary>
internal sealed record PruneSettings(IReadOnlyList<string> Runs, TimeSpan? OlderThan, IReadOnlyList<RunStatus> Statuses, bool DryRun, bool Yes);

/// <summary>Runs that are to be deleted, looked up; nothing is deleted yet.</summary>
/// <param name="Runs">The runs, at most <see cref="MostShown"/> of each status.</param>
/// <param name="More">There are more of them.</param>
/// <param name="DeleteAsync">Deletes all of them; told after each page how many are gone.</param>
internal sealed record PruneOrder(IReadOnlyList<RunRecord> Runs, bool More, Func<Action<int>?, CancellationToken, Task<int>> DeleteAsync)
{
    public const int MostShown = 10_000;

    public static async Task<PruneOrder> ReadAsync(Composition composition, PruneSettings settings, TimeProvider time, CancellationToken cancellation)
    {
        var pruning = new Pruning(composition.Store, time);
        if (settings.Runs.Count > 0)
        {
            var named = await pruning.FindAsync(settings.Runs, cancellation);
            return new(named, More: false, (progress, stop) => pruning.DeleteAsync([.. named.Select(run => run.Id)], progress, stop));
        }

        // One reading of the clock: what is deleted is what was shown.
        var cutoffs = RetentionOf(composition, settings).At(time.GetUtcNow());
        var found = await pruning.FindAsync(cutoffs, MostShown, cancellation);
        var more = found.GroupBy(run => run.Status).Any(group => group.Count() == MostShown);
        return new(found, more, (progress, stop) => pruning.DeleteAsync(cutoffs, progress, stop));
    }

    private static Retention RetentionOf(Composition composition, PruneSettings settings)
    {
        if (settings.OlderThan is { } age)
            return Retention.OlderThan(age, settings.Statuses);
        var configured = Retention.Of(composition.Configuration.Options.Runtime.Retention);
        if (configured.KeepsEverything)
            throw new ConflictException("Nothing says which runs may go: the config sets no runtime.retention. Say --older-than 30d, name runs, or set it.");
        var chosen = configured.Only(settings.Statuses);
        return chosen.KeepsEverything
            ? throw new ConflictException($"The config's runtime.retention keeps {string.Join(" and ", settings.Statuses).ToLowerInvariant()} runs for ever. Say --older-than 30d to delete them all the same.")
            : chosen;
    }
}
