using System.Collections.Concurrent;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Model;

/// <summary>Takes one run through random operations, in the store and in the model, and compares the two after each.</summary>
/// <param name="fixture">The data.</param>
/// <param name="seen">Counts what came up, because a walk that never comes to a corner proves nothing about it.</param>
internal sealed class RandomWalk(StoreFixture fixture, ConcurrentDictionary<string, int> seen)
{
    private const string Id = "r";

    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private static readonly StepClass Work = new("default", "work");

    private ModelRun _run = new();
    private readonly List<(ModelStep Step, StepLease Lease, Guid Owner)> _executions = [];
    private readonly Dictionary<Guid, DateTimeOffset> _instances = [];
    private readonly List<string> _story = [];
    private IStore _store = null!;
    private int _names;
    private int? _batch;

    public async Task GoAsync(int shape, RandomOperation[] operations)
    {
        // Mostly so small that narrow graphs are written ahead and carried out by cursor like wide ones.
        _batch = shape % 4 == 0 ? null : 1 + shape % 3;
        _store = await fixture.OpenAsync(_batch);
        await RegisterAsync();
        await RegisterAsync();
        _run = new() { StopOnFailure = shape / 12 % 2 == 1 };
        var steps = Specs("s", shape, [], 8);
        await _store.SubmitAsync(
            new()
            {
                Id = Id,
                Fingerprint = ContentHash.Of("x"u8),
                Title = "random",
                Workflow = "standard",
                Snapshot = "{}"u8.ToArray(),
                StopOnFailure = _run.StopOnFailure,
                Steps = [.. steps],
            },
            None);
        _run.Add(null, steps);
        Say((_run.StopOnFailure ? "submit, to stop at a failure: " : "submit ") + Text(steps));
        await CompareAsync();
        foreach (var operation in operations)
        {
            await ApplyAsync(operation);
            await CompareAsync();
        }
    }

    private Task ApplyAsync(RandomOperation operation) => operation.Verb switch
    {
        RandomVerb.Claim => ClaimAsync(Instance(operation), 1 + operation.Shape % 4),
        RandomVerb.Complete => WithExecution(operation, step => step.Status is StepStatus.Running or StepStatus.Ready, CompleteAsync),
        RandomVerb.Expand => WithExecution(operation, step => step.Status == StepStatus.Running, ExpandAsync),
        RandomVerb.Rounds => WithExecution(
            operation, step => step is { Status: StepStatus.Running, Parent.Status: StepStatus.Expanded }, NextRoundAsync),
        RandomVerb.Fail => WithExecution(operation, step => step.Status is StepStatus.Running or StepStatus.Ready, (one, _) => FailAsync(one, TimeSpan.FromSeconds(7))),
        RandomVerb.FailForGood => WithExecution(operation, step => step.Status == StepStatus.Running, (one, _) => FailAsync(one, null)),
        RandomVerb.Park => WithExecution(operation, step => step.Status is StepStatus.Running or StepStatus.Ready, ParkAsync),
        RandomVerb.Release => WithExecution(operation, step => step.Status is StepStatus.Running or StepStatus.Ready, ReleaseAsync),
        RandomVerb.Report => WithExecution(operation, _ => true, CompleteAsync),
        RandomVerb.Pass => PassAsync(operation.Shape),
        RandomVerb.Die => EndAsync(Instance(operation), InstanceEnd.Died),
        RandomVerb.Stop => EndAsync(Instance(operation), InstanceEnd.Stopped),
        RandomVerb.Renew => RenewAsync(Instance(operation)),
        RandomVerb.Retry => RetryAsync(),
        RandomVerb.Cancel => operation.Shape % 4 == 0 ? CancelAsync() : Task.CompletedTask,
        _ => ReopenAsync(),
    };

    private async Task ClaimAsync(Guid instance, int count)
    {
        if (!IsAlive(instance))
        {
            await Assert.ThrowsAsync<NotFoundException>(() => TakeAsync(instance, count));
            Count("refused to claim");
            await RenewAsync(instance);
        }

        _instances[instance] = fixture.Time.GetUtcNow() + Lease;
        if (Sweep())
            await SweepStoreAsync(instance);
        var expected = _run.Cancelled ? [] : _run.Care(instance, IsAlive) ?? _run.Ready.Take(count).ToList();
        var claimed = await TakeAsync(instance, count);
        Say($"claim {count}: {string.Join(' ', claimed.Select(step => step.Key))}");
        Assert.True(expected.Select(step => step.Key).SequenceEqual(claimed.Select(step => step.Key)), Story($"expected {string.Join(' ', expected.Select(step => step.Key))}"));
        foreach (var (step, answer) in expected.Zip(claimed))
        {
            Count(step.IsSuspect ? "claimed alone" : "claimed");
            _run.Claim(step, instance);
            Assert.Equal(
                (step.Epoch, step.Generation, step.FailedAttempts, step.IsSuspect), (answer.Lease.Epoch, answer.Generation, answer.FailedAttempts, answer.Alone));
            _executions.Add((step, answer.Lease, instance));
        }
    }

    private Task<IReadOnlyList<ClaimedStep>> TakeAsync(Guid instance, int count) =>
        _store.ClaimAsync(new() { Incarnation = instance, Classes = [new(Work, count)], Count = count, Lease = Lease }, None);

    /// <summary>What waits for a step that this gives up may be so much that it is written in parts, and ready for the next claim only.</summary>
    private async Task SweepStoreAsync(Guid instance)
    {
        await _store.ClaimAsync(new() { Incarnation = instance, Classes = [new(new("default", "nobody"), 1)], Count = 1, Lease = Lease }, None);
        await _store.SettleAsync(None);
    }

    private bool IsAlive(Guid instance) => _instances.TryGetValue(instance, out var expires) && expires > fixture.Time.GetUtcNow();

    /// <summary>Part of every claim: who is due is ready, and silent instances lose what they have. Says whether a step was given up.</summary>
    private bool Sweep()
    {
        var now = fixture.Time.GetUtcNow();
        foreach (var step in _run.Steps.Where(step => step.Status == StepStatus.Waiting && step.Due <= now))
            step.Status = StepStatus.Ready;
        var silent = _run.Steps.Where(step => step.Owner is { } owner && _instances[owner] <= now).ToList();
        foreach (var step in silent)
            Lose(step);
        return silent.Exists(step => step.Status == StepStatus.DeadLettered);
    }

    private void Lose(ModelStep step)
    {
        _run.LoseOwner(step);
        Count(step.Status == StepStatus.DeadLettered ? "dead-lettered" : "lost");
    }

    private async Task CompleteAsync((ModelStep Step, StepLease Lease, Guid Owner) one, int shape)
    {
        ClaimedStep? next = null;
        var wasAlive = IsAlive(one.Owner);
        await ReportAsync(
            "complete",
            one,
            async () =>
            {
                if (shape % 4 == 0)
                    return await _store.CompleteAsync(one.Lease, new(), None);
                var reply = await _store.CompleteAsync(one.Lease, new(), new(one.Owner, [Work]), None);
                next = reply.FollowUp;
                return reply.Outcome;
            },
            step => step.Status = StepStatus.Succeeded);
        if (next is not null)
            Follow(one.Owner, next, wasAlive);
    }

    /// <summary>A store need not hand out what follows; if it does, it is what a claim would hand out.</summary>
    private void Follow(Guid instance, ClaimedStep next, bool wasAlive)
    {
        Say($"followed by {next.Key}");
        Count("followed up");
        var step = _run.Ready.SingleOrDefault(step => step.Key == next.Key);
        Assert.True(wasAlive && !_run.Cancelled && step is { IsSuspect: false }, Story("not what a claim would hand out"));
        Assert.DoesNotContain(_run.Steps, other => other.Status == StepStatus.Waiting && other.Due <= fixture.Time.GetUtcNow());
        _run.Claim(step, instance);
        Assert.Equal((step.Epoch, step.Generation, step.FailedAttempts, false), (next.Lease.Epoch, next.Generation, next.FailedAttempts, next.Alone));
        _executions.Add((step, next.Lease, instance));
    }

    private Task ExpandAsync((ModelStep Step, StepLease Lease, Guid Owner) one, int shape)
    {
        if (one.Step.IsGroup)
            return Task.CompletedTask;
        var specs = Specs($"{one.Step.Key}/{_names++}-", shape, Ended(), 4);
        Count(specs.Count > (_batch ?? 100) ? "expanded beyond a batch" : "expanded");
        return ReportAsync(
            "expand " + Text(specs), one, () => _store.CompleteAsync(one.Lease, new() { Expansion = new(ExpansionTarget.Self, [.. specs]) }, None),
            step =>
            {
                (step.Status, step.IsGroup) = (StepStatus.Expanded, true);
                _run.Add(step, specs);
            });
    }

    private Task NextRoundAsync((ModelStep Step, StepLease Lease, Guid Owner) one, int shape)
    {
        var specs = Specs($"{one.Step.Parent!.Key}/{_names++}-", shape, [.. Ended(), one.Step.Key], 3);
        return ReportAsync(
            "round " + Text(specs), one, () => _store.CompleteAsync(one.Lease, new() { Expansion = new(ExpansionTarget.Parent, [.. specs]) }, None),
            step =>
            {
                // The next round joins before the step ends, or its group would be over.
                step.Status = StepStatus.Running;
                _run.Add(step.Parent, specs);
                step.Status = StepStatus.Succeeded;
            });
    }

    private Task FailAsync((ModelStep Step, StepLease Lease, Guid Owner) one, TimeSpan? retryIn)
    {
        var due = fixture.Time.GetUtcNow() + retryIn;
        return ReportAsync("fail " + retryIn, one, () => _store.FailAsync(one.Lease, new("broke", due, default), None), step =>
        {
            step.FailedAttempts++;
            (step.Status, step.Due) = (due is null ? StepStatus.Failed : StepStatus.Waiting, due ?? default);
        });
    }

    private Task ParkAsync((ModelStep Step, StepLease Lease, Guid Owner) one, int shape)
    {
        var due = fixture.Time.GetUtcNow().AddSeconds(shape % 20);
        return ReportAsync("park", one, () => _store.ParkAsync(one.Lease, due, "away", None), step => (step.Status, step.Due) = (StepStatus.Waiting, due));
    }

    private Task ReleaseAsync((ModelStep Step, StepLease Lease, Guid Owner) one, int shape) =>
        ReportAsync("release", one, () => _store.ReleaseAsync(one.Lease, None), step => step.Status = StepStatus.Ready);

    private async Task ReportAsync(
        string what, (ModelStep Step, StepLease Lease, Guid Owner) one, Func<Task<ReportOutcome>> report, Action<ModelStep> effect)
    {
        var expected = _run.Judge(one.Step, one.Lease.Epoch);
        var outcome = await report();
        Say($"{what} {one.Step.Key} of epoch {one.Lease.Epoch}: {outcome}");
        Assert.True(fixture.MayAnswer(expected, outcome), Story($"expected {expected}"));
        _run.Report(one.Step, one.Lease.Epoch, effect);
    }

    private Task PassAsync(int shape)
    {
        // Now and then longer than a lease.
        var time = TimeSpan.FromSeconds(shape % 4 == 0 ? 31 : shape % 12);
        fixture.Time.Advance(time);
        Say($"{time} pass");
        return Task.CompletedTask;
    }

    private async Task EndAsync(Guid instance, InstanceEnd end)
    {
        var held = _run.Steps.Where(step => step.Owner == instance).ToList();
        var given = await _store.EndInstanceAsync(instance, end, None);
        Say($"an instance {end}, held {string.Join(' ', held.Select(step => step.Key))}");
        Assert.True(held.Count == given, Story($"expected {held.Count} given back, found {given}"));
        foreach (var step in held)
        {
            if (end == InstanceEnd.Died)
                Lose(step);
            else
                _run.Report(step, step.Epoch, one => one.Status = StepStatus.Ready);
        }

        _instances.Remove(instance);
        await RegisterAsync();
    }

    private async Task RenewAsync(Guid instance)
    {
        var leases = _executions.Where(one => one.Owner == instance && one.Lease.Epoch == one.Step.Epoch).ToList();
        var reply = await _store.RenewAsync(instance, [.. leases.Select(one => one.Lease)], Lease, None);
        _instances[instance] = fixture.Time.GetUtcNow() + Lease;
        Say($"renew {string.Join(' ', leases.Select(one => one.Step.Key))}, lost {reply.Lost.Count}, cancelled {reply.Cancelled.Count}");
        Assert.True(reply.Cancelled.Count == (_run.Cancelled ? leases.Count : 0), Story("wrong count of cancelled"));
        var dead = leases.Count(one => !_run.Cancelled && one.Step.Status is StepStatus.DeadLettered or StepStatus.Skipped && one.Step.Reported != one.Lease.Epoch);
        Assert.True(reply.Lost.Count == dead, Story("lost although no one took it"));
        foreach (var (step, lease, _) in leases.Where(one => !_run.Cancelled && one.Step.Status == StepStatus.Ready && one.Step.Reported != one.Lease.Epoch))
        {
            (step.Status, step.Deaths, step.Owner, step.KeptFor) = (StepStatus.Running, Math.Max(0, step.Deaths - 1), instance, null);
            step.DeathsAlone -= step.IsSuspect ? 1 : 0;
        }
    }

    private async Task RetryAsync()
    {
        if (_run.Status != RunStatus.Failed)
            return;
        var expected = _run.Retry();
        var reopened = await _store.RetryAsync(Id, [], None);
        Say($"retry: {reopened}");
        Count("retried");
        Assert.True(expected == reopened, Story($"expected {expected} reopened"));
    }

    private async Task CancelAsync()
    {
        var expected = _run.Status == RunStatus.Running;
        Assert.Equal(expected, await _store.CancelAsync(Id, None));
        Say("cancel");
        Count("cancelled");
        if (expected)
            _run.Cancel();
    }

    /// <summary>The process is gone in the middle of everything; another opens the same data.</summary>
    private async Task ReopenAsync()
    {
        _store = await fixture.OpenAsync(_batch);
        Say("reopen");
    }

    private async Task CompareAsync()
    {
        await _store.SettleAsync(None);
        var run = (await _store.FindRunAsync(Id, None))!;
        var steps = await _store.ListStepsAsync(Id, -1, 100_000, None);
        var found = steps.Select(step =>
            $"{step.Key} {step.Status} generation {step.Generation} failed {step.FailedAttempts} epoch {step.Epoch} deaths {step.Deaths}/{step.DeathsAlone} in {(step.Parent is { } parent ? steps[parent].Key : null)}");
        var wanted = _run.Steps.Select(step => step.Line).ToList();
        Assert.True(wanted.SequenceEqual(found), Story($"expected\n  {string.Join("\n  ", wanted)}\nfound\n  {string.Join("\n  ", found)}"));
        Assert.True(
            (run.Status, run.OpenSteps, run.FailedSteps, run.Steps, run.CancelRequested) == (_run.Status, _run.Open, _run.Failed, _run.Steps.Count, _run.Cancelled),
            Story($"expected {_run.Status}, {_run.Open} open, {_run.Failed} failed; found {run.Status}, {run.OpenSteps} open, {run.FailedSteps} failed"));
        Assert.True(run.Status == RunStatus.Running == (run.FinishedAt is null), Story("finished or not?"));
        Assert.True(run.StoppedBy is not null == (_run.StopOnFailure && _run.Failed > 0), Story("stopped or not?"));
        if (_run.Steps.Exists(step => step.Status == StepStatus.Skipped && !step.DependsOn.Exists(dependency => dependency.EndedBadly)))
            Count("kept from beginning");
        var check = await _store.CheckAsync(None);
        Assert.True(check.Problems.Count == 0, Story(string.Join('\n', check.Problems)));
        var events = await _store.ListEventsAsync(Id, 0, 100_000, None);
        Assert.True(Enumerable.Range(1, events.Count).Select(i => (long)i).SequenceEqual(events.Select(one => one.Number)), Story("events have gaps"));
        Assert.True(steps.All(step => step.Status == StepStatus.Running == (step.Instance is not null)), Story("an owner without a running step, or the reverse"));
    }

    private async Task RegisterAsync()
    {
        var incarnation = Guid.NewGuid();
        await _store.RegisterInstanceAsync(new(incarnation, "i" + _names++, "host", Environment.ProcessId, 1, "0.1.0", 4, default), Lease, None);
        _instances.Add(incarnation, fixture.Time.GetUtcNow() + Lease);
    }

    private Guid Instance(RandomOperation operation) => _instances.Keys.ElementAt(operation.Pick % _instances.Count);

    private Task WithExecution(RandomOperation operation, Func<ModelStep, bool> fitting, Func<(ModelStep Step, StepLease Lease, Guid Owner), int, Task> act)
    {
        var candidates = _executions.Where(one => fitting(one.Step)).ToList();
        return candidates.Count == 0 ? Task.CompletedTask : act(candidates[operation.Pick % candidates.Count], operation.Shape);
    }

    /// <summary>What a new step may depend on without waiting for its own group.</summary>
    private List<string> Ended() => [.. _run.Steps.Where(step => !step.IsOpen).Select(step => step.Key)];

    /// <summary>Random specs, each depending on some of those before it; the shape's digits are the dice.</summary>
    private static List<StepSpec> Specs(string prefix, int shape, List<string> existing, int most)
    {
        var random = new Random(shape);
        var specs = new List<StepSpec>();
        var count = random.Next(1, most + 1);
        for (var i = 0; i < count; i++)
        {
            var before = existing.Concat(specs.Select(spec => spec.Key)).ToArray();
            var dependsOn = before.Where(_ => random.Next(before.Length + 1) < 2 && random.Next(3) > 0).ToArray();
            specs.Add(new()
            {
                Key = prefix + i,
                Definition = "work",
                Class = Work,
                DependsOn = [.. dependsOn],
                Trigger = random.Next(4) == 0 ? Trigger.AllDone : Trigger.AllSucceeded,
                Priority = random.Next(3) - 1,
            });
        }

        return specs;
    }

    private static string Text(List<StepSpec> specs) =>
        string.Join(' ', specs.Select(spec => $"{spec.Key}({string.Join(',', spec.DependsOn)}{(spec.Trigger == Trigger.AllDone ? ";all-done" : "")})"));

    private void Count(string what) => seen.AddOrUpdate(what, 1, (_, count) => count + 1);

    private void Say(string line) => _story.Add(line);

    private string Story(string fault) => string.Join('\n', _story) + "\n" + fault;
}
