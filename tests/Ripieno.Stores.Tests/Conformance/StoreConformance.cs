using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>What every area needs: a store on fresh data, one registered worker, and short words for the operations.</summary>
public abstract class StoreConformance<TFixture> : IAsyncLifetime where TFixture : StoreFixture, new()
{
    private protected static readonly StepClass Work = new("default", "work");

    private protected static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private protected static readonly CancellationToken None = CancellationToken.None;

    private readonly Dictionary<string, StepLease> _leases = new(StringComparer.Ordinal);

    private protected TFixture Fixture { get; } = new();

    private protected IStore Store { get; private set; } = null!;

    private protected Guid Worker { get; private set; }

    /// <summary>The late report was dropped.</summary>
    private protected void AssertDiscarded(ReportOutcome outcome) => Assert.True(Fixture.MayAnswer(ReportOutcome.Discarded, outcome), $"{outcome}");

    private protected FakeTimeProvider Time => Fixture.Time;

    public async ValueTask InitializeAsync()
    {
        Store = await Fixture.OpenAsync();
        Worker = await RegisterAsync("worker");
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Fixture.DisposeAsync();
    }

    private protected async Task<Guid> RegisterAsync(string id, TimeSpan? lease = null)
    {
        var incarnation = Guid.NewGuid();
        await Store.RegisterInstanceAsync(Instance(id, incarnation), lease ?? Lease, None);
        return incarnation;
    }

    private protected static InstanceRecord Instance(string id, Guid incarnation) =>
        new(incarnation, id, "host/boot", Environment.ProcessId, 1, "0.1.0", 8, default);

    private protected static StepSpec Step(string key, params string[] dependsOn) =>
        new() { Key = key, Definition = "work", Class = Work, DependsOn = [.. dependsOn] };

    private protected static StepSpec Summary(string key, params string[] dependsOn) => Step(key, dependsOn) with { Trigger = Trigger.AllDone };

    private protected static RunSubmission Run(string id, params StepSpec[] steps) => new()
    {
        Id = id,
        Fingerprint = ContentHash.Of(Encoding.UTF8.GetBytes(string.Join(';', steps.Select(step => step.Key)))),
        Title = "Title of " + id,
        Workflow = "standard",
        Snapshot = "{\"snapshot\":1}"u8.ToArray(),
        Steps = [.. steps],
    };

    private protected Task<SubmitOutcome> SubmitAsync(string id, params StepSpec[] steps) => Store.SubmitAsync(Run(id, steps), None);

    /// <summary>Claims steps of <see cref="Work"/> and remembers their leases by key.</summary>
    private protected async Task<string[]> ClaimAsync(int count = 100, Guid? by = null, string? run = null, StepClass? of = null, bool sparesSilent = false)
    {
        var claimed = await ClaimStepsAsync(count, by, run, of, sparesSilent);
        return [.. claimed.Select(step => step.Key)];
    }

    /// <summary>Time passes while the worker's heart beats.</summary>
    private protected async Task PassAsync(TimeSpan time)
    {
        Time.Advance(time);
        await Store.RenewAsync(Worker, [], Lease, None);
    }

    private protected async Task<IReadOnlyList<ClaimedStep>> ClaimStepsAsync(int count = 100, Guid? by = null, string? run = null, StepClass? of = null, bool sparesSilent = false)
    {
        var claimed = await Store.ClaimAsync(
            new() { Incarnation = by ?? Worker, Classes = [new(of ?? Work, count)], Count = count, Lease = Lease, RunId = run, SparesSilent = sparesSilent }, None);
        foreach (var step in claimed)
            _leases[step.Key] = step.Lease;
        return claimed;
    }

    /// <summary>The lease of the last claim of a step.</summary>
    private protected StepLease LeaseOf(string key) => _leases[key];

    private protected Task<ReportOutcome> CompleteAsync(string key, StepCompletion? completion = null) =>
        Store.CompleteAsync(LeaseOf(key), completion ?? new(), None);

    private protected Task<ReportOutcome> ExpandAsync(string key, ExpansionTarget into, params ImmutableArray<StepSpec> steps) =>
        CompleteAsync(key, new() { Expansion = new(into, steps) });

    private protected Task<ReportOutcome> FailAsync(string key, TimeSpan? retryIn = null, string reason = "broke") =>
        Store.FailAsync(LeaseOf(key), new(reason, retryIn is { } pause ? Time.GetUtcNow() + pause : null, default), None);

    /// <summary>Claims everything that is ready, and completes it, until nothing is, not even of what wide changes still bring.</summary>
    private protected async Task<string[]> DrainAsync(string? run = null)
    {
        var done = new List<string>();
        await Store.SettleAsync(None);
        while (await ClaimAsync(run: run) is { Length: > 0 } keys)
        {
            foreach (var key in keys)
            {
                Assert.Equal(ReportOutcome.Recorded, await CompleteAsync(key));
                done.Add(key);
            }

            await Store.SettleAsync(None);
        }

        return [.. done];
    }

    private protected async Task<RunRecord> RunAsync(string id) => (await Store.FindRunAsync(id, None))!;

    private protected async Task<StepRecord> StepAsync(string run, string key) => (await Store.FindStepAsync(run, key, None))!;

    /// <summary>All steps of a run in one line: <c>a Succeeded, b Ready</c>.</summary>
    private protected async Task<string> StatesAsync(string run)
    {
        var steps = await Store.ListStepsAsync(run, -1, 10_000, None);
        return string.Join(", ", steps.Select(step => $"{step.Key} {step.Status}"));
    }

    private protected async Task<RunEventKind[]> EventsAsync(string run)
    {
        var events = await Store.ListEventsAsync(run, 0, 10_000, None);
        return [.. events.Select(one => one.Kind)];
    }
}
