using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Moving;

/// <summary>A store with something of everything in it, at work.</summary>
internal sealed class FullStore(IStore store, FakeTimeProvider time)
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Lease = TimeSpan.FromHours(1);
    private static readonly StepClass Work = new("default", "work");
    private static readonly StepClass Other = new("gpu", "other");

    private readonly Dictionary<string, StepLease> _leases = new(StringComparer.Ordinal);
    private Guid _worker;

    /// <summary>Some of it is in the worker's hands, and some wide change is still under way.</summary>
    /// <param name="members">Of the widest group.</param>
    public async Task FillAsync(int members)
    {
        _worker = await RegisterAsync("filler");
        await DeadAsync();
        await SubmitAsync(Run("done", Step("a"), Step("b", "a")) with { Tenant = "acme", TenantWeight = 3, Priority = 5, Input = Text("the input of done", 3000) });
        await ClaimAsync("done");
        await CompleteAsync("done/a", new() { Result = Text("short", 10), Artifacts = [new("src/a.txt", Text("an artifact", 50)), new("b.bin", Text("another", 20_000))], Model = "m/1", Usage = new(3, 4) });
        time.Advance(TimeSpan.FromMinutes(50));
        await ClaimAsync("done");
        await CompleteAsync("done/b", new() { Result = Text("long", 9000), Fallback = "another model" });

        await SubmitAsync(Run("failed", Step("a"), Step("b", "a"), Step("c", "a") with { Trigger = Trigger.AllDone }) with { Weight = 2, MaxParallel = 3 });
        await ClaimAsync("failed");
        await FailAsync("failed/a", null);
        await ClaimAsync("failed");
        await CompleteAsync("failed/c", new());

        await SubmitAsync(Run("retried", Step("a"), Step("b", "a")));
        await ClaimAsync("retried");
        await FailAsync("retried/a", null);
        await store.RetryAsync("retried", [], None);

        await SubmitAsync(Run("cancelled", Step("a"), Step("b", "a")));
        await ClaimAsync("cancelled");
        await store.CancelAsync("cancelled", None);

        await SubmitAsync(Run("stopped", Step("a"), Step("b"), Step("c")) with { StopOnFailure = true });
        await ClaimAsync("stopped", count: 2);
        await FailAsync("stopped/a", null);

        // Alone with another's steps they could not be executed.
        await SubmitAsync(Run("group", Step("a") with { Input = Text("asked", 700) }, Step("after", "a")));
        await ClaimAsync("group");
        await CompleteAsync("group/a", new() { Result = Text("plan", 30), Expansion = new(ExpansionTarget.Self, [Step("a/1"), Step("a/2", "a/1") with { Priority = 4, Input = Text("asked", 700) }]) });
        await ClaimAsync("group");
        await CompleteAsync("group/a/1", new() { Result = Text("the one", 600), Accepts = "a/1", Expansion = new(ExpansionTarget.Parent, [Step("a/3", "a/2") with { Class = Other }]) });
        await ClaimAsync("group");

        await SubmitAsync(Run("queued", Step("a"), Step("b") with { Class = Other, Priority = 2 }, Step("c"), Step("d", "c")) with { Tenant = "beta", Priority = -1, MaxSteps = 77, MaxDeathsAlone = 4 });

        await WideAsync(members);
    }

    /// <summary>Executes whatever is left, suspects too, until every run has ended.</summary>
    public async Task FinishAsync()
    {
        _worker = await RegisterAsync("finisher");
        for (var idle = 0; idle < 50;)
        {
            await store.SettleAsync(None);
            var claimed = await store.ClaimAsync(new() { Incarnation = _worker, Classes = [new(Work, 50), new(Other, 50)], Count = 50, Lease = Lease }, None);
            foreach (var step in claimed)
                Assert.Equal(ReportOutcome.Recorded, await store.CompleteAsync(step.Lease, new() { Result = Encoding.UTF8.GetBytes($"{step.Lease.RunId} {step.Key}: {step.Input.Length}") }, None));
            if (claimed.Count > 0)
                continue;
            if ((await store.ListRunsAsync(RunStatus.Running, null, 1, None)).Count == 0)
                return;
            idle++;
            time.Advance(TimeSpan.FromMinutes(10));
            await store.RenewAsync(_worker, [], Lease, None);
        }

        Assert.Fail("Some run does not come to its end.");
    }

    /// <summary>A dead letter, and a step that two instances have died of.</summary>
    private async Task DeadAsync()
    {
        foreach (var (run, deaths) in new[] { ("dead", 3), ("suspect", 2) })
        {
            await SubmitAsync(Run(run, Step("a"), Step("b", "a"), Step("c")) with { MaxDeathsAlone = 1 });
            for (var i = 0; i < deaths; i++)
            {
                var victim = await RegisterAsync($"victim-{run}-{i}");
                await store.ClaimAsync(new() { Incarnation = victim, Classes = [new(Work, 1)], Count = 1, Lease = Lease, RunId = run }, None);
                await store.EndInstanceAsync(victim, InstanceEnd.Died, None);
            }
        }
    }

    /// <summary>A group of many: done, waiting for their next try, parked, in hand, blocked, ready.</summary>
    private async Task WideAsync(int members)
    {
        await SubmitAsync(Run("wide", Step("a"), Step("sum", "a")) with { MaxSteps = 200_000 });
        await ClaimAsync("wide");
        ImmutableArray<StepSpec> steps =
        [
            .. Enumerable.Range(0, members).Select(i => Step($"a/{i}", i % 7 == 6 ? [$"a/{i - 1}"] : i > 0 && i % 11 == 0 ? ["a/0"] : []) with
            {
                Definition = i % 3 == 0 ? "third" : "work", Class = i % 5 == 0 ? Other : Work, Input = i % 2 == 0 ? Text("in " + i, 40) : Text("much in", 4000),
            }),
        ];
        await CompleteAsync("wide/a", new() { Expansion = new(ExpansionTarget.Self, steps) });
        await store.SettleAsync(None);
        await ClaimAsync("wide", count: Math.Min(20, members / 2));
        var mine = _leases.Keys.Where(key => key.StartsWith("wide/a/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        for (var i = 0; i < mine.Count; i++)
        {
            switch (i % 5)
            {
                case 0: await CompleteAsync(mine[i], new() { Result = Text("result " + i, i % 2 == 0 ? 30 : 5000), Artifacts = [new($"{i}.txt", Text("the same everywhere", 3000))] }); break;
                case 1: await FailAsync(mine[i], TimeSpan.FromMinutes(30 + i)); break;
                case 2: await store.ParkAsync(_leases[mine[i]], time.GetUtcNow() + TimeSpan.FromMinutes(20 + i), "the endpoint is away", None); break;
                case 3: await store.ReleaseAsync(_leases[mine[i]], None); break;
                default: break; // in hand
            }
        }
    }

    private async Task<Guid> RegisterAsync(string id)
    {
        var instance = Samples.Instance(id);
        await store.RegisterInstanceAsync(instance, Lease, None);
        return instance.Incarnation;
    }

    private async Task SubmitAsync(RunSubmission run)
    {
        await store.SubmitAsync(run, None);
        time.Advance(TimeSpan.FromSeconds(1));
    }

    private async Task ClaimAsync(string run, int count = 100)
    {
        foreach (var step in await store.ClaimAsync(new() { Incarnation = _worker, Classes = [new(Work, count), new(Other, count)], Count = count, Lease = Lease, RunId = run }, None))
            _leases[$"{run}/{step.Key}"] = step.Lease;
        time.Advance(TimeSpan.FromSeconds(1));
    }

    private async Task CompleteAsync(string step, StepCompletion completion) => Assert.Equal(ReportOutcome.Recorded, await store.CompleteAsync(_leases[step], completion, None));

    private async Task FailAsync(string step, TimeSpan? retryIn) =>
        Assert.Equal(ReportOutcome.Recorded, await store.FailAsync(_leases[step], new("it broke", retryIn is { } pause ? time.GetUtcNow() + pause : null, new(5, 6), "m/2"), None));

    private static StepSpec Step(string key, params string[] dependsOn) => new() { Key = key, Definition = "work", Class = Work, DependsOn = [.. dependsOn] };

    private static RunSubmission Run(string id, params StepSpec[] steps) => new()
    {
        Id = id,
        Fingerprint = ContentHash.Of(Encoding.UTF8.GetBytes(id)),
        Title = "Title of " + id,
        Workflow = "standard",
        Snapshot = Encoding.UTF8.GetBytes($"{{\"snapshot\":{id.Length}}}"),
        Steps = [.. steps],
    };

    /// <summary>Not to be packed to nothing: lengths count here.</summary>
    private static byte[] Text(string what, int length)
    {
        var text = new StringBuilder();
        for (var i = 0; text.Length < length; i++)
            text.Append(what).Append(' ').Append(ContentHash.Of(Encoding.UTF8.GetBytes(what + i)));
        return Encoding.UTF8.GetBytes(text.ToString(0, length));
    }
}
