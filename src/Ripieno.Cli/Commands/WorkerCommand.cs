using System.Collections.Immutable;
using System.CommandLine;
using System.Net;
using Microsoft.Extensions.Logging;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Cli.Runs;
using Ripieno.Configuration;
using Ripieno.Errors;
using Ripieno.Workers;

namespace Ripieno.Cli.Commands;

/// <summary><c>worker</c>: executes steps of any run until told to stop.</summary>
internal static class WorkerCommand
{
    private static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestGrace = TimeSpan.FromHours(1);
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <summary>How long a worker that ends waits for a store that is away.</summary>
    private static readonly TimeSpan AwayPatience = TimeSpan.FromSeconds(1.5);

    public static Command Create(Invocation invocation)
    {
        var concurrency = ExecutionFlags.Concurrency();
        var grace = new Option<TimeSpan?>("--grace")
        {
            HelpName = "TIME",
            Description = $"Time for steps under way to finish after Ctrl-C or SIGTERM; the rest is handed back. Default {DurationText.Format(DefaultGrace)}",
            CustomParser = OptionValues.Duration(LongestGrace),
        };
        var queues = new Option<string[]?>("--queues")
        {
            HelpName = "A,B",
            Description = "Serve these queues only, instead of all that the config names",
            Arity = ArgumentArity.OneOrMore,
            CustomParser = OptionValues.List(ConfigurationTexts.Name),
        };
        var runs = new Option<string[]?>("--runs")
        {
            HelpName = "PATTERN",
            Description = "Take steps only of runs with such ids, as 'instance1_*'; * and ? stand for others. For some hundreds of runs at a time; queues go further",
            Arity = ArgumentArity.OneOrMore,
            CustomParser = OptionValues.List(ConfigurationTexts.RunPattern),
        };
        var http = new Option<IPEndPoint?>("--http")
        {
            HelpName = "PORT",
            Description = "Serve /healthz, /readyz and /metrics on 127.0.0.1:PORT, or on ADDRESS:PORT; 0 = any free port",
            CustomParser = OptionValues.HttpAddress,
        };
        var hosts = new Option<string[]?>("--http-hosts")
        {
            HelpName = "A,B",
            Description = "Further names by which callers of --http may know this machine",
            Arity = ArgumentArity.OneOrMore,
            CustomParser = OptionValues.List(new("the name of a host, without a port", static name => Uri.CheckHostName(name) == UriHostNameType.Dns)),
        };
        var insecure = new Option<bool>("--insecure") { Description = "Let --http be open to other machines: whoever reaches it may read the metrics" };
        var drain = new Option<string?>("--drain")
        {
            HelpName = "INSTANCE",
            Description = "Start no worker, but ask the one of that id, wherever it runs, to take nothing new and end; wait until it has ended",
        };
        var command = new DocumentedCommand(
            "worker",
            "Execute steps of all submitted runs until stopped, and write their files once they have ended. Ctrl-C drains: nothing new begins, steps under way may finish; a second one ends at once. "
            + "The same at a bound that the config sets with runtime.recycleAfterSteps, recycleAfterMemory or recycleAfterAge; the exit code is 75 then, for a supervisor to start a fresh process.",
            ("as many steps at once as the config says", "ripieno worker"),
            ("eight at once, two minutes to drain", "ripieno worker --concurrency 8 --grace 2m"),
            ("only what was submitted to two queues", "ripieno worker --queues gpu,night"),
            ("only runs of certain names", "ripieno worker --runs 'instance1_*'"),
            ("with health and metrics for a supervisor and Prometheus", "ripieno worker --http 9464"),
            ("end a worker of this store, wherever it runs", "ripieno worker --drain worker-2"))
        {
            concurrency, queues, runs, grace, http, hosts, insecure, drain,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(drain) is not null && ((Option[])[concurrency, queues, runs, grace, http, hosts, insecure]).FirstOrDefault(one => result.GetResult(one) is { Implicit: false }) is { } useless)
                result.AddError($"{useless.Name} has no effect with --drain: the instance that is asked to drain keeps to what it was started with.");
            else if (result.GetResult(http) is null && ((Option[])[hosts, insecure]).FirstOrDefault(one => result.GetResult(one) is { Implicit: false }) is { } alone)
                result.AddError($"{alone.Name} has no effect without --http PORT.");
        });
        command.SetAction((parsed, _) => parsed.GetValue(drain) is { } instance
            ? WorkerDrain.ExecuteAsync(invocation, CommonSettings.Of(parsed), instance)
            : StopsAsync(invocation, () => ExecuteAsync(
                invocation, CommonSettings.Of(parsed), new(Concurrency: parsed.GetValue(concurrency), Queues: parsed.GetValue(queues), Runs: parsed.GetValue(runs)), parsed.GetValue(grace) ?? DefaultGrace,
                new(parsed.GetValue(http), [.. parsed.GetValue(hosts) ?? []], parsed.GetValue(insecure)))));
        return command;
    }

    /// <summary>A worker that is stopped before it has begun has nothing to drain: to its supervisor that is an end like any other, and no failure.</summary>
    private static async Task<int> StopsAsync(Invocation invocation, Func<Task<int>> execute)
    {
        try
        {
            return await execute();
        }
        catch (OperationCanceledException) when (invocation.Interruption.Requested.IsCancellationRequested)
        {
            await invocation.Terminal.Error.WriteLineAsync("Stopped before it had begun.");
            return ExitCode.Done;
        }
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, CommandLineOverrides overrides, TimeSpan grace, HttpFlags http)
    {
        if (http.Address is { } address)
            WorkerServer.Check(address, http.Insecure);
        var cancellation = invocation.Interruption.Requested;
        var configuration = Composition.Load(invocation, common, overrides);
        foreach (var missing in common.IsSilent ? [] : configuration.Callbacks.Missing)
            await invocation.Terminal.Error.WriteLineAsync($"ripieno: warning: {missing}");
        await using var composition = await Composition.OpenAsync(invocation, configuration, mustExist: false, cancellation);
        var (worker, instance) = composition.WorkerForAll();
        // Before any work is taken: an address that cannot be had ends the command. It goes last, so that whoever asks hears that the worker drains.
        await using var server = http.Address is null ? null : await WorkerServer.StartAsync(http.Address, http.Hosts, worker, instance, composition.Store, invocation.Time, cancellation);
        await worker.StartAsync(cancellation);
        if (common.Json)
            JsonOutput.WriteLine(invocation.Terminal.Out, new WorkerDocument("started", instance.Id, instance.Slots, server?.Url));
        else if (!common.Quiet)
            await invocation.Terminal.Out.WriteLineAsync($"Worker {instance.Id}: {TimeText.Count(instance.Slots, "slot")}{Scope(configuration.Options.Runtime)}, store {composition.Store.Description.Location}. Ctrl-C drains.");
        if (server is not null && !common.IsSilent)
            await invocation.Terminal.Out.WriteLineAsync($"Health and metrics: {server.Url} (healthz, readyz, metrics)");

        using var stopPruning = new CancellationTokenSource();
        // Not awaited at the end: it reports its own failures, and a store that hangs must not hold up a worker that stops.
        _ = composition.Pruning().RunAsync(stopPruning.Token);
        var finished = new FinishedRuns(invocation, composition);
        // Resident memory of the whole process: what leaks outside the managed heap counts too.
        var recycling = new Recycling(configuration.Options.Runtime, () => Environment.WorkingSet, invocation.Time, Random.Shared.NextDouble());
        var exporting = Task.CompletedTask;
        var news = new TroubleNews();
        var turn = new RecyclingTurn(composition.Store, instance.Incarnation, grace, invocation.Time);
        string? reason = null;
        while (!cancellation.IsCancellationRequested && !worker.DrainAsked.IsCompleted)
        {
            // One after the other: instances that were started together, or do the same work, would otherwise leave nobody.
            if (recycling.Reason(worker.StepsDone) is { } due && await turn.IsOursAsync(cancellation))
            {
                reason = due;
                break;
            }

            await SayTroubleAsync();
            await invocation.PauseAsync(Pace, cancellation);
            // Not awaited: a store that is away holds it up, and the user's Ctrl-C must not wait for that.
            if (exporting.IsCompleted)
                exporting = TryExportAsync(finished, worker);
        }

        if (reason is not null)
        {
            invocation.Log?.Add(LogLevel.Information, run: null, step: null, $"The worker makes room for a fresh process: {reason}.", exception: null);
            await invocation.Terminal.Error.WriteLineAsync($"ripieno: making room for a fresh process: {reason}.");
        }

        if (worker.DrainAsked.IsCompleted && !common.IsSilent)
            await invocation.Terminal.Error.WriteLineAsync("Asked to drain: ripieno worker --drain.");
        if (!common.IsSilent)
            await invocation.Terminal.Error.WriteLineAsync($"Draining: {TimeText.Count(worker.Slots.Count, "step")} under way, at most {TimeText.Of(grace)}.");
        await stopPruning.CancelAsync();
        await worker.StopAsync(grace);
        await SayTroubleAsync();
        // What is not written now can be had with 'ripieno artifacts' once the store is back.
        var lastExport = exporting.ContinueWith(_ => TryExportAsync(finished, worker), TaskScheduler.Default).Unwrap();
        await lastExport.WaitAsync(worker.Trouble is null ? Timeout.InfiniteTimeSpan : AwayPatience, invocation.Time, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (common.Json)
            JsonOutput.WriteLine(invocation.Terminal.Out, new WorkerStoppedDocument("stopped", instance.Id, instance.Slots, reason));
        // Whoever interrupts the drain wants no fresh process.
        return reason is null || cancellation.IsCancellationRequested ? ExitCode.Done : ExitCode.Drained;

        async Task SayTroubleAsync()
        {
            if (news.Next(worker.Trouble) is { } text)
                await invocation.Terminal.Error.WriteLineAsync($"ripieno: {text}");
        }
    }

    private static string Scope(RuntimeOptions options) =>
        (options.Queues.IsEmpty ? "" : $", queues {string.Join(", ", options.Queues)}") + (options.Runs.IsEmpty ? "" : $", runs {string.Join(", ", options.Runs)}");

    private static async Task TryExportAsync(FinishedRuns finished, Worker worker)
    {
        try
        {
            await finished.ExportAsync(worker, CancellationToken.None);
        }
        catch (RipienoException)
        {
            // The worker says so itself, and the next look comes in a second.
        }
    }

    /// <param name="Address">Where to listen; null = nothing is served.</param>
    /// <param name="Hosts">Further names of this machine.</param>
    /// <param name="Insecure">It may be open to others.</param>
    private sealed record HttpFlags(IPEndPoint? Address, ImmutableArray<string> Hosts, bool Insecure);
}
