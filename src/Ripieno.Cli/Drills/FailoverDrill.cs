using System.Globalization;
using System.Security.Cryptography;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Drills;
using Ripieno.Errors;
using Ripieno.Runs;

namespace Ripieno.Cli.Drills;

/// <summary>
/// Two workers on a run of their own; once both execute, one is killed, or frozen, and the other has to do it all. Whatever ends the drill, its workers and its run are gone afterwards.
/// </summary>
internal sealed class FailoverDrill(Invocation invocation, CommonSettings common, Composition composition, int slots, bool freeze)
{
    /// <summary>Steps for each slot: the killed worker must not have been about to finish anyway.</summary>
    private const int Rounds = 4;

    /// <summary>How often the store is looked at: the figures are as exact as this.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a survivor may need to notice that a lease is over (it looks once a second), and 1 s for what follows.</summary>
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Spare = TimeSpan.FromSeconds(1);

    /// <summary>Beyond the bound: a drill that fails should say by how much.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan RemovalPatience = TimeSpan.FromSeconds(10);

    private readonly string _run = "drill-" + invocation.Time.GetUtcNow().ToString("yyyyMMdd-HHmmss-", CultureInfo.InvariantCulture) + RandomNumberGenerator.GetString("bcdfghjkmnpqrstvwxz", 4);

    public TimeSpan Lease => composition.Configuration.Options.Runtime.Lease.Duration;

    private TimeSpan Bound => Lease + Sweep + Spare;

    private DrillRun Run => new(composition.Store, _run);

    private IReadOnlyList<string> Instances => [$"{_run}-1", $"{_run}-2"];

    /// <exception cref="StoreUnavailableException">A worker could not be started, or the store went away.</exception>
    public async Task<DrillDocument> RunAsync(CancellationToken cancellation)
    {
        var workers = new List<DrillWorkerProcess>();
        try
        {
            foreach (var instance in Instances)
                workers.Add(DrillWorkerProcess.Start(invocation, common, _run, slots, instance, Instances));
            foreach (var worker in workers)
                await worker.StartedAsync(cancellation);
            await composition.Store.SubmitAsync(DrillWorkflow.Submission(_run, "Failover drill", Rounds * slots * workers.Count), cancellation);
            await BothExecuteAsync(workers, cancellation);
            return await FailOverAsync(workers[0], cancellation);
        }
        finally
        {
            if (freeze && workers.Count > 0 && !workers[0].HasExited)
                workers[0].Kill();
            foreach (var worker in workers)
                await worker.DisposeAsync();
            await RemoveAsync();
        }
    }

    private async Task BothExecuteAsync(List<DrillWorkerProcess> workers, CancellationToken cancellation)
    {
        var began = invocation.Time.GetTimestamp();
        while (true)
        {
            var running = (await Run.StepsAsync(cancellation)).Where(step => step.Status == StepStatus.Running).Select(step => step.Instance).ToHashSet(StringComparer.Ordinal);
            if (workers.TrueForAll(worker => running.Contains(worker.Instance)))
                return;
            foreach (var worker in workers)
            {
                if (worker.HasExited)
                    throw await worker.EndedAsync(cancellation);
            }

            if (invocation.Time.GetElapsedTime(began) > Patience)
                throw new StoreUnavailableException($"The drill's two workers did not both get steps within {TimeText.Of(Patience)}; logs are in {composition.Configuration.Options.Runtime.Logs}/.");
            await Task.Delay(Look, invocation.Time, cancellation);
        }
    }

    private async Task<DrillDocument> FailOverAsync(DrillWorkerProcess victim, CancellationToken cancellation)
    {
        var at = invocation.Time.GetUtcNow();
        var killed = invocation.Time.GetTimestamp();
        if (freeze)
            victim.Freeze();
        else
            victim.Kill();
        if (!common.IsSilent)
            await invocation.Terminal.Error.WriteLineAsync($"Both execute. {(freeze ? "Froze" : "Killed")} {victim.Instance} (pid {victim.Pid}).");

        var cutOff = (await Run.StepsAsync(cancellation)).Where(step => step.Status == StepStatus.Running && step.Instance == victim.Instance).ToDictionary(step => step.Index, step => step.Epoch);
        TimeSpan? noticed = null, claimedAgain = null, done = null;
        while (done is null && Elapsed() < Bound + Patience)
        {
            var hasEnded = await Run.HasEndedAsync(cancellation);
            var steps = await Run.StepsAsync(cancellation);
            // What it had reported just before it died is not in flight, though it was a moment ago.
            var open = steps.Where(step => cutOff.TryGetValue(step.Index, out var epoch) && step.Epoch == epoch && step.Status != StepStatus.Succeeded).ToList();
            if (open.TrueForAll(step => step.Status != StepStatus.Running))
                noticed ??= Elapsed();
            if (open.Count == 0)
                claimedAgain ??= Elapsed();
            if (hasEnded)
                done = Elapsed();
            else
                await Task.Delay(Look, invocation.Time, cancellation);
        }

        var findings = FailoverFindings.Of(await Run.StepsAsync(cancellation), await Run.EventsAsync(cancellation));
        var faults = findings.Faults(claimedAgain, Bound);
        return new()
        {
            Drill = "failover",
            At = at,
            Passed = faults.Count == 0,
            Faults = faults,
            Store = composition.Store.Description.Location,
            Fault = freeze ? "frozen" : "killed",
            Slots = slots,
            Steps = Rounds * slots * Instances.Count,
            InFlight = findings.InFlight,
            NoticedSeconds = noticed?.TotalSeconds,
            ClaimedAgainSeconds = claimedAgain?.TotalSeconds,
            DoneSeconds = done?.TotalSeconds,
            LeaseSeconds = Lease.TotalSeconds,
            BoundSeconds = Bound.TotalSeconds,
            Repeated = findings.Repeated,
            Lost = findings.Lost,
            Duplicated = findings.Duplicated,
        };

        TimeSpan Elapsed() => invocation.Time.GetElapsedTime(killed);
    }

    /// <summary>Also after Ctrl-C, and for no longer than somebody who pressed it would wait.</summary>
    private async Task RemoveAsync()
    {
        using var patience = new CancellationTokenSource(RemovalPatience, invocation.Time);
        try
        {
            await Run.RemoveAsync(Instances, patience.Token).WaitAsync(patience.Token);
        }
        catch (Exception exception) when (exception is RipienoException or OperationCanceledException)
        {
            await invocation.Terminal.Error.WriteLineAsync(
                $"ripieno: the drill's run could not be removed from the store: {SafeText.Of(exception.Message, longest: 500)} Remove it with: {invocation.FollowUp.Command($"cancel {_run}")}; {invocation.FollowUp.Command($"prune {_run} --yes")}");
        }
    }
}
