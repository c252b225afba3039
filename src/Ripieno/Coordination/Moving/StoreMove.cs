using Ripieno.Errors;
using Ripieno.Storage;
using Ripieno.Storage.Moving;

namespace Ripieno.Coordination.Moving;

/// <summary>
/// Takes everything from one store to another: closes the source, copies it run by run, oldest first, holds each against the source, and leaves the source closed. May be repeated after whatever has cut it off. How and why:
/// <c>docs/decisions/moving.md</c>.
/// </summary>
/// <param name="source">Whose runs go on elsewhere.</param>
/// <param name="destination">Where; empty, or with other runs. Null = there is no store yet, and this one is only looked at.</param>
/// <param name="mayLive">Tells of a registered instance whether its process may be there.</param>
internal sealed class StoreMove(IStore source, IStore? destination, Func<InstanceRecord, bool> mayLive)
{
    private const int Page = 500;

    /// <summary>Runs that an error names.</summary>
    private const int MostNamed = 10;

    /// <summary>How far hourly figures are read at a time.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromDays(31);

    /// <summary>No figures are older.</summary>
    private static readonly DateTimeOffset FirstFigures = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private IStore To => destination ?? throw new InvalidOperationException("There is no store to copy to.");

    /// <summary>Looks only: what there is to copy, and what would keep it from being copied.</summary>
    public async Task<MovePlan> LookAsync(CancellationToken cancellation)
    {
        var runs = await ListAsync(cancellation);
        var there = new Dictionary<string, bool>();
        if (destination is not null)
        {
            await RefuseSameAsync(cancellation);
            there = await FindThereAsync(runs, cancellation);
        }

        return new(
            runs.CountBy(run => run.Status).ToDictionary(pair => pair.Key, pair => (long)pair.Value), runs.Sum(run => (long)run.Steps), runs.Sum(run => (long)run.OpenSteps),
            there.Count(one => one.Value), [.. there.Where(one => !one.Value).Select(one => one.Key)], await LiveAsync(cancellation), (await source.FindClosingAsync(cancellation))?.Target);
    }

    /// <param name="force">Also when instances work on the source: what they have in hand executes again in the To.</param>
    /// <param name="told">Told of the progress.</param>
    /// <param name="cancellation">Stops between two parts. The source stays closed; the next attempt goes on.</param>
    /// <exception cref="ConflictException">Instances work on the source, or the destination has other runs of the same ids: nothing was written. Or another copy goes on at the same time.</exception>
    /// <exception cref="StoreDamagedException">A run is not in the destination what it is in the source.</exception>
    public async Task<MoveReport> ExecuteAsync(bool force, Action<MoveProgress> told, CancellationToken cancellation)
    {
        await RefuseSameAsync(cancellation);
        if (!force && await LiveAsync(cancellation) is { Count: > 0 } live)
            throw InUse(live);
        var wasClosed = await source.FindClosingAsync(cancellation) is not null;
        var closing = await source.CloseAsync(Name(To), cancellation);
        List<RunRecord> runs;
        Dictionary<string, bool> there;
        try
        {
            await RefuseItselfAsync(cancellation);
            await HandBackAsync(cancellation);
            runs = await ListAsync(cancellation);
            there = await FindThereAsync(runs, cancellation);
            if (there.Where(one => !one.Value).Select(one => one.Key).ToList() is { Count: > 0 } clashes)
                throw Clash(clashes);
        }
        catch (ConflictException) when (!wasClosed)
        {
            await source.ReopenAsync(CancellationToken.None);
            throw;
        }

        var sums = new MoveSums();
        var logs = new LogMove(source, To);
        var done = 0;
        foreach (var run in runs)
        {
            told(new(done++, runs.Count, run.Id, sums.Steps));
            var isThere = there.ContainsKey(run.Id);
            if (isThere)
                sums.There++;
            else
                await CopyAsync(run.Id, sums, cancellation);
            sums.LogLines += await logs.CopyAsync(run.Id, isThere, cancellation);
        }

        told(new(runs.Count, runs.Count, null, sums.Steps));
        await CopyFiguresAsync(closing, sums, cancellation);
        await To.DropDraftsAsync(cancellation);
        await CompareAsync(runs, cancellation);
        return sums.ToReport(runs);
    }

    /// <summary>Ends all registrations, so that nothing is in anybody's hands, and lets wide changes come to their end.</summary>
    private async Task HandBackAsync(CancellationToken cancellation)
    {
        // Again, because one may have registered right before the store was closed.
        while (await source.ListInstancesAsync(cancellation) is { Count: > 0 } instances)
        {
            foreach (var instance in instances)
                await source.EndInstanceAsync(instance.Incarnation, InstanceEnd.Stopped, cancellation);
        }

        await source.SettleAsync(cancellation);
    }

    private async Task CopyAsync(string runId, MoveSums sums, CancellationToken cancellation)
    {
        using var draft = new RunDraft(runId);
        var epochs = 0L;
        await foreach (var part in source.ReadImageAsync(runId, cancellation))
        {
            draft.Add(part);
            await To.WriteImageAsync(draft, part, cancellation);
            epochs += part.Steps.Sum(step => step.State.Epoch);
            sums.Add(part);
        }

        var written = await PictureAsync(To, runId, cancellation) ?? throw NotTheSame(runId);
        if (written.Digest == draft.Digest)
            return;
        // A worker there was quicker than the second reading.
        var goneOn = written.Run.CopiedFrom == draft.Digest && (written.Epochs > epochs || written.Run.Events > draft.Run.Events || written.Run.Status != draft.Run.Status);
        sums.GoneOn += goneOn ? 1 : throw NotTheSame(runId);
    }

    private async Task CopyFiguresAsync(StoreClosing closing, MoveSums sums, CancellationToken cancellation)
    {
        // Nothing was counted after it was closed, but for what was handed back then.
        var end = closing.At + Window;
        for (var from = FirstFigures; from < end; from += Window)
        {
            var rows = await source.ListHourlyAsync(from, from + Window, cancellation);
            foreach (var hour in rows.GroupBy(row => row.Hour).Chunk(24))
                await To.TakeHourlyAsync(closing.Store, [.. hour.SelectMany(row => row)], cancellation);
            sums.Figures += rows.Count;
        }
    }

    /// <summary>The last look: all runs are there.</summary>
    private async Task CompareAsync(List<RunRecord> runs, CancellationToken cancellation)
    {
        foreach (var run in runs)
        {
            if (await To.FindRunAsync(run.Id, cancellation) is null)
                throw NotTheSame(run.Id);
        }
    }

    /// <returns>Those of the runs that the destination has; true = it is the same run, or was copied from it as it stands.</returns>
    private async Task<Dictionary<string, bool>> FindThereAsync(List<RunRecord> runs, CancellationToken cancellation)
    {
        var there = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (var run in runs)
        {
            if (await To.FindRunAsync(run.Id, cancellation) is null)
                continue;
            var (ours, theirs) = (await PictureAsync(source, run.Id, cancellation), await PictureAsync(To, run.Id, cancellation));
            there[run.Id] = ours is not null && theirs is not null && (theirs.Run.CopiedFrom == ours.Digest || theirs.Digest == ours.Digest);
        }

        return there;
    }

    private static async Task<Picture?> PictureAsync(IStore store, string runId, CancellationToken cancellation)
    {
        using var digest = new ImageDigest();
        var (run, epochs) = ((RunImage?)null, 0L);
        await foreach (var part in store.ReadImageAsync(runId, cancellation))
        {
            digest.Add(part);
            run ??= part.Run;
            epochs += part.Steps.Sum(step => step.State.Epoch);
        }

        return run is null ? null : new(run, digest.Finish(), epochs);
    }

    /// <summary>All runs, oldest first, so that they come into the destination in their order.</summary>
    private async Task<List<RunRecord>> ListAsync(CancellationToken cancellation)
    {
        var runs = new List<RunRecord>();
        while (await source.ListRunsAsync(null, runs.LastOrDefault()?.Id, Page, cancellation) is { Count: > 0 } page)
            runs.AddRange(page);
        runs.Reverse();
        return runs;
    }

    private async Task<List<InstanceRecord>> LiveAsync(CancellationToken cancellation) =>
        [.. (await source.ListInstancesAsync(cancellation)).Where(instance => !instance.IsSilent && mayLive(instance))];

    private async Task RefuseSameAsync(CancellationToken cancellation)
    {
        if (source.Description.Kind == To.Description.Kind && source.Description.Location == To.Description.Location)
            throw Itself();
        if (await To.FindClosingAsync(cancellation) is { } closing)
            throw StoreClosing.Refusal(To.Description.Location, closing.Target);
    }

    /// <summary>One store may have two names; but only one of two stores was closed.</summary>
    private async Task RefuseItselfAsync(CancellationToken cancellation)
    {
        if (await To.FindClosingAsync(cancellation) is not null)
            throw Itself();
    }

    private ConflictException Itself() => new($"{Name(source)} and {Name(To)} are one store. Name another one to copy to.");

    private ConflictException InUse(List<InstanceRecord> live)
    {
        var who = string.Join(", ", live.Select(instance => $"{instance.Id} (pid {instance.Pid} on {instance.Host.Split('/')[0]})"));
        return new(
            $"The store {Name(source)} is in use by {who}. Stop {(live.Count == 1 ? "it" : "them")} and try again; or say --force: from then on {(live.Count == 1 ? "it is" : "they are")} refused, and what was in hand executes once more in the new store.");
    }

    private ConflictException Clash(List<string> ids)
    {
        var named = string.Join(", ", ids.Take(MostNamed)) + (ids.Count > MostNamed ? $" and {ids.Count - MostNamed} more" : "");
        return new(
            $"The store {Name(To)} has other runs of the same ids as {Name(source)}: {named}. Nothing was copied. Delete them there when they have ended (ripieno prune RUN --store …), or copy to an empty store.");
    }

    private StoreDamagedException NotTheSame(string runId) => new($"Run '{runId}' is not in {Name(To)} what it is in {Name(source)}");

    /// <summary>As <c>--store</c> takes it.</summary>
    private static string Name(IStore store) => $"{store.Description.Kind}:{store.Description.Location}";

    private sealed record Picture(RunImage Run, ContentHash Digest, long Epochs);
}
