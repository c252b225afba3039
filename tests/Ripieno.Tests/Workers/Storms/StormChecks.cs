using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Tests.Workers.Storms;

/// <summary>What must hold of a run after a storm.</summary>
internal sealed class StormChecks(StormOutcome outcome, IReadOnlyList<StormEntry> log)
{
    private readonly ILookup<int, StormEntry> _moments = log.Where(entry => entry.Lease.RunId == outcome.Run.Id).ToLookup(entry => entry.Lease.StepIndex);
    private readonly ILookup<int?, StepRecord> _members = outcome.Steps.ToLookup(step => step.Parent);

    public void Check()
    {
        Assert.Equal(Enumerable.Range(1, outcome.Events.Count).Select(number => (long)number), outcome.Events.Select(item => item.Number));
        Assert.Single(outcome.Events, item => item.Kind == RunEventKind.RunAccepted);
        Assert.All(outcome.Steps, step =>
        {
            Assert.True(step.Status.IsTerminal && step.Instance is null, step.ToString());
            Executions(step);
            Order(step);
        });
    }

    /// <summary>None that nobody claimed, none twice for one claim, and none more than the store has a reason for.</summary>
    private void Executions(StepRecord step)
    {
        var begun = _moments[step.Index].Where(entry => entry.Moment == StormMoment.Began).Select(entry => entry.Lease.Epoch).ToList();
        Assert.True(begun.Distinct().Count() == begun.Count, $"{step.Key} was executed twice with one lease: {string.Join(' ', begun)}");
        Assert.All(begun, epoch => Assert.InRange(epoch, 1, step.Epoch));
        Assert.True(step.Epoch <= outcome.Accounted(step), $"{step.Key} was claimed {step.Epoch} times, {outcome.Accounted(step)} can be accounted for");
        // The result that counts is that of the newest execution: those before it were fenced off.
        if (step.Status == StepStatus.Succeeded)
            Assert.Equal(ContentHash.Of(StormExecutor.ResultOf(step.Key, step.Epoch)), step.Result);
        // Only a step that was claimed again has anything to come late for; a report that is delivered twice is none.
        if (step.Status != StepStatus.Cancelled && outcome.Accounted(step) == 1)
            Assert.DoesNotContain(RunEventKind.LateReport, outcome.Of(step));
    }

    /// <summary>No execution begins before everything that the step waits for has been done, members of groups included.</summary>
    private void Order(StepRecord step)
    {
        foreach (var begin in _moments[step.Index].Where(entry => entry.Moment == StormMoment.Began))
        {
            if (step.Parent is { } parent)
                Assert.True(Succeeded(parent, begin), $"{step.Key} began before its group {outcome.Steps[parent].Key} was there");
            foreach (var dependency in outcome.Dependencies[step.Index])
            {
                var before = step.Key.StartsWith("all-", StringComparison.Ordinal) ? Ended(dependency.Index, begin) : Done(dependency.Index, begin);
                Assert.True(before, $"{step.Key} (execution {begin.Lease.Epoch}) began at {begin.At:HH:mm:ss} before {dependency.Key} had ended");
            }
        }
    }

    private bool Succeeded(int index, StormEntry before) => _moments[index].Any(entry => entry.Moment == StormMoment.Succeeded && entry.Number < before.Number);

    private bool Done(int index, StormEntry before) => Succeeded(index, before) && _members[index].All(member => Done(member.Index, before));

    /// <summary>For a step that starts whatever its dependencies came to: each has ended somehow or was skipped.</summary>
    private bool Ended(int index, StormEntry before)
    {
        var earlier = _moments[index].Where(entry => entry.Number < before.Number).ToList();
        return earlier.Count == 0
            ? outcome.Of(outcome.Steps[index]).Contains(RunEventKind.StepSkipped)
            : earlier.Exists(entry => entry.Moment is StormMoment.Succeeded or StormMoment.Failed);
    }
}
