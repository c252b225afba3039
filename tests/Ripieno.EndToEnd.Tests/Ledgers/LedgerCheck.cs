using Ripieno.Coordination;
using Ripieno.Runs;
using Ripieno.Simulator;
using Ripieno.Sqlite;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.EndToEnd.Tests.Ledgers;

/// <summary>
/// Holds three independent books against each other once the storm is over: the client's ledger, the store, and the model server's log of requests; and, for
/// reports, what the workers' logs say was taken.
/// </summary>
internal sealed class LedgerCheck
{
    private readonly Ledger _ledger;
    private readonly IStore _store;
    private readonly ILookup<string, (SimulatedRequest Request, int Task)> _requests;
    private readonly bool _hasRequests;
    private readonly ILookup<(string Run, string Step), string> _taken;
    private readonly LedgerFindings _findings = new();

    private LedgerCheck(Ledger ledger, IStore store, ModelSimulator? simulator)
    {
        _ledger = ledger;
        _store = store;
        _hasRequests = simulator is not null;
        _requests = (simulator?.Requests ?? []).Select(request => (request, StormBacklog.Of(request))).ToLookup(item => item.Item2.Run, item => (item.request, item.Item2.Task));
        _taken = WorkerLogs.TakenReports(ledger.Workspace).ToLookup(item => (item.Run, item.Step), item => item.Instance);
        _findings.Calls = simulator?.Requests.Length ?? 0;
    }

    /// <param name="ledger">What was accepted.</param>
    /// <param name="simulator">The model server that was asked; null when answers were made in the process.</param>
    /// <param name="file">The store; null = the workspace's.</param>
    public static async Task<LedgerFindings> RunAsync(Ledger ledger, ModelSimulator? simulator, string? file = null)
    {
        await using var store = file is null ? await ledger.Workspace.OpenStoreAsync() : await SqliteStore.OpenAsync(file, TimeProvider.System, CancellationToken.None);
        var check = new LedgerCheck(ledger, store, simulator);
        foreach (var run in ledger.Accepted)
            await check.CheckRunAsync(run);
        return check._findings;
    }

    private async Task CheckRunAsync(string run)
    {
        _findings.Runs++;
        var record = await _store.FindRunAsync(run, CancellationToken.None);
        if (record?.Status != RunStatus.Succeeded)
        {
            _findings.LostRuns.Add($"{run} was accepted and is {record?.Status.ToString() ?? "not there"}.");
            return;
        }

        var steps = await _store.ListStepsAsync(run, -1, 10_000, CancellationToken.None);
        var events = await _store.ListEventsAsync(run, 0, 100_000, CancellationToken.None);
        _findings.Steps += steps.Count;
        _findings.Repeated += steps.Sum(step => step.Epoch - 1);
        _findings.Deaths += steps.Sum(step => step.Deaths);
        _findings.Expired += events.Count(item => item.Kind == RunEventKind.LeaseExpired);
        _findings.Late += events.Count(item => item.Kind == RunEventKind.LateReport);
        _findings.Released += events.Count(item => item.Kind == RunEventKind.StepReleased);
        _findings.Parked += events.Count(item => item.Kind == RunEventKind.StepParked);
        foreach (var failed in events.Where(item => item.Kind == RunEventKind.StepRetried))
        {
            _findings.Retried++;
            _findings.Reasons[failed.Detail ?? ""] = _findings.Reasons.GetValueOrDefault(failed.Detail ?? "") + 1;
        }

        foreach (var death in events.Select(StepDeath.Of).OfType<StepDeath>().Where(death => death.How.EndsWith(" is gone", StringComparison.Ordinal)))
            _findings.Gone[death.Instance] = _findings.Gone.GetValueOrDefault(death.Instance) + 1;
        if (steps.Count(step => step.Definition == StandardWorkflow.Execute && !step.Key.Contains("/execute-", StringComparison.Ordinal)) != _ledger.Tasks[run])
            _findings.LostRuns.Add($"{run} has not all of its {_ledger.Tasks[run]} tasks.");
        if (!events.Select(item => item.Number).SequenceEqual(Enumerable.Range(1, events.Count).Select(number => (long)number)))
            _findings.LostRuns.Add($"{run} has gaps in its events.");

        foreach (var step in steps)
            CheckResults(run, step, events, isGroup: steps.Any(member => member.Parent == step.Index));
        await CheckStoredOrderAsync(run, steps, events);
        if (_hasRequests)
        {
            CheckCalls(run, steps);
            CheckOrder(run);
        }
    }

    private void CheckResults(string run, StepRecord step, IReadOnlyList<RunEvent> events, bool isGroup)
    {
        var records = events.Count(item => item.StepKey == step.Key && item.Kind is (RunEventKind.StepSucceeded or RunEventKind.StepExpanded));
        if (step.Status != StepStatus.Succeeded || records != (isGroup ? 2 : 1))
            _findings.DuplicateResults.Add($"{run}/{step.Key} is {step.Status} with {records} records.");
        // The fence admits one report; that two executions were told "recorded" would mean that it admitted another.
        var taken = _taken[(run, step.Key)].ToList();
        if (taken.Count > 1)
            _findings.StaleWrites.Add($"{run}/{step.Key} was recorded for {string.Join(" and ", taken)}.");
    }

    private async Task CheckStoredOrderAsync(string run, IReadOnlyList<StepRecord> steps, IReadOnlyList<RunEvent> events)
    {
        var ended = events.Where(item => item.Kind == RunEventKind.StepSucceeded).ToLookup(item => item.StepKey!, item => item.Number);
        foreach (var step in steps)
        {
            var own = events.First(item => item.StepKey == step.Key && item.Kind is (RunEventKind.StepSucceeded or RunEventKind.StepExpanded)).Number;
            foreach (var dependency in await _store.ListDependenciesAsync(run, step.Index, CancellationToken.None))
            {
                if (ended[dependency.Key].DefaultIfEmpty(long.MaxValue).Max() > own)
                    _findings.OrderViolations.Add($"{run}: {step.Key} was recorded before {dependency.Key}, which it needs.");
            }
        }
    }

    /// <summary>No result without a call, and no more calls than executions.</summary>
    private void CheckCalls(string run, IReadOnlyList<StepRecord> steps)
    {
        var executed = steps.Where(step => step.Definition != StandardWorkflow.Summarize)
            .ToLookup(step => (step.Definition == StandardWorkflow.Execute ? "work" : step.Definition, StormBacklog.TaskNumber(step.Key)));
        foreach (var group in executed)
        {
            var calls = _requests[run].Count(item => (item.Request.Schema!, item.Task) == group.Key);
            if (calls < group.Count() || calls > group.Sum(step => step.Epoch))
                _findings.UnexplainedCalls.Add($"{run}: {calls} calls for {group.Key}, which has {group.Count()} steps and {group.Sum(step => step.Epoch)} executions.");
            _findings.ExtraCalls += calls - group.Count();
        }
    }

    /// <summary>By the model server's clock and log alone: a call begins only after the answers that it needs were given.</summary>
    private void CheckOrder(string run)
    {
        foreach (var (request, task) in _requests[run])
        {
            var needs = (request.Schema, StormBacklog.Before(task)) switch
            {
                ("plan", _) => ("", 0),
                ("review", _) => ("work", task),
                (_, { } before) => ("review", before),
                _ => ("plan", 0),
            };
            if (needs.Item1.Length > 0 && !_requests[run].Any(other => (other.Request.Schema, other.Task) == needs && other.Request.Outcome == RequestOutcome.Answered && other.Request.Ended <= request.Started))
                _findings.OrderViolations.Add($"{run}: the {request.Schema} of task {task} was asked for before any {needs.Item1} of task {needs.Item2} was answered.");
        }
    }
}
