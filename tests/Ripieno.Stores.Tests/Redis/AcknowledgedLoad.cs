using System.Collections.Concurrent;
using System.Text;
using Ripieno.Errors;
using Ripieno.Redis;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>Submits, claims and completes as fast as it can, and keeps a book of what was acknowledged.</summary>
internal sealed class AcknowledgedLoad
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly StepClass Work = new("default", "work");

    private readonly List<Task> _workers;
    private readonly ConcurrentBag<string> _submitted = [];
    private readonly ConcurrentDictionary<StepLease, string> _completed = [];
    private int _told;
    private volatile bool _ends;

    public AcknowledgedLoad(IReadOnlyList<RedisStore> stores, int workers)
    {
        _workers = [.. Enumerable.Range(0, workers).Select(i => Task.Run(() => WorkAsync(stores[i % stores.Count], i)))];
    }

    /// <summary>Results that were acknowledged so far.</summary>
    public int Completed => _completed.Count;

    /// <summary>Errors that callers were told of, and repeated what they had asked for.</summary>
    public int Told => _told;

    /// <summary>Waits until so many more results were acknowledged.</summary>
    public async Task GoOnAsync(int results)
    {
        for (var before = Completed; Completed < before + results;)
        {
            if (_workers.Find(worker => worker.IsFaulted) is { } faulted)
                await faulted;
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, None);
        }
    }

    /// <summary>Ends the load and holds the book against the store: nothing that was acknowledged is missing, nothing was executed or told twice, and the store agrees with itself.</summary>
    public async Task<string> EndAsync(RedisStore store)
    {
        _ends = true;
        await Task.WhenAll(_workers);
        await store.SettleAsync(None);
        foreach (var run in _submitted)
            Assert.True(await store.FindRunAsync(run, None) is not null, $"Run {run} was acknowledged and is gone.");
        foreach (var (lease, result) in _completed)
            Assert.Equal(result, Encoding.UTF8.GetString((await store.FindResultAsync(lease.RunId, lease.StepIndex, None))!.Value.Span));
        foreach (var run in await store.ListRunsAsync(null, null, 100_000, None))
        {
            Assert.All(await store.ListStepsAsync(run.Id, -1, 1000, None), step => Assert.True(step.Epoch <= 1, $"{run.Id}/{step.Key} was handed out {step.Epoch} times."));
            var events = await store.ListEventsAsync(run.Id, 0, 10_000, None);
            Assert.Equal(events.Count, events.Select(one => (one.Kind, one.StepKey)).Distinct().Count());
        }

        Assert.Empty((await store.CheckAsync(None)).Problems);
        return $"{_submitted.Count} runs and {_completed.Count} results acknowledged and there, {_told} errors told to callers";
    }

    private async Task WorkAsync(RedisStore store, int number)
    {
        var instance = Samples.Instance($"w{number}");
        await UntilKnownAsync(async () =>
        {
            await store.RegisterInstanceAsync(instance, TimeSpan.FromMinutes(5), None);
            return true;
        });
        for (var n = 0; !_ends; n++)
        {
            var run = $"r{number}-{n}";
            await UntilKnownAsync(() => store.SubmitAsync(Samples.Run(run, 3), None));
            _submitted.Add(run);
            var claim = new ClaimRequest { Incarnation = instance.Incarnation, Classes = [new(Work, 3)], Count = 3, Lease = TimeSpan.FromMinutes(5) };
            foreach (var step in await UntilKnownAsync(() => store.ClaimAsync(claim, None)))
            {
                var result = $"\"{step.Lease}\"";
                await UntilKnownAsync(() => store.CompleteAsync(step.Lease, new() { Result = Encoding.UTF8.GetBytes(result) }, None));
                _completed[step.Lease] = result;
            }
        }
    }

    /// <summary>Repeats what was refused for now and what may have happened: both are the caller's to repeat.</summary>
    private async Task<T> UntilKnownAsync<T>(Func<Task<T>> operation)
    {
        while (true)
        {
            try
            {
                return await operation();
            }
            catch (Exception exception) when (exception is StoreUnavailableException or OutcomeUnknownException)
            {
                Interlocked.Increment(ref _told);
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, None);
            }
        }
    }
}
