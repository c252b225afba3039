using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Workers;
using Ripieno.Workflows;

namespace Ripieno.Cli.Runs;

/// <summary>Executes one run in this process, shows it, writes its files, and says how it ended.</summary>
internal sealed class RunExecution(Invocation invocation, Composition composition, CommonSettings common, string? outFolder)
{
    // Past this the process ends anyway: the steps are then taken over when their instance is seen to be dead.
    private static readonly TimeSpan HandBackPatience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan ExportPace = TimeSpan.FromSeconds(5);

    public async Task<int> ExecuteAsync(string runId)
    {
        var cancellation = invocation.Interruption.Requested;
        var run = (await composition.Coordinator.OverviewAsync(runId, cancellation)).Run;
        var snapshot = await composition.SnapshotAsync(run, cancellation);
        var files = Files(invocation, composition, runId, outFolder);
        var subject = new RunSubject(runId, RunBanner.Of(snapshot), composition.Store, composition.Coordinator, invocation.Time)
        {
            FallbacksAsync = stop => FallbackAnswer.ListAsync(composition.Coordinator, runId, snapshot, stop),
        };

        if (run.Status == RunStatus.Running)
        {
            RefuseCode(runId, snapshot);
            if (!common.IsSilent && subject.Banner.Simulated && !invocation.Terminal.IsLive)
                await invocation.Terminal.Out.WriteLineAsync($"{RunBanner.SimulatedText}: no model is called, the texts are made up.");
            var (worker, instance) = composition.WorkerFor(runId, snapshot);
            subject.Worker = worker;
            subject.Instance = instance.Id;
            subject.Export = Paced(files);
            await StartAsync(worker, runId, cancellation);
            var end = await RunDisplay.For(invocation, common).ShowAsync(subject, cancellation);
            await worker.StopAsync(TimeSpan.Zero).WaitAsync(HandBackPatience, invocation.Time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (end is null)
                return Interrupted(runId, subject.Banner);
        }

        var overview = await composition.Coordinator.OverviewAsync(runId, cancellation);
        if (await files.TryExportAsync(invocation.FollowUp, cancellation) is { } trouble)
            await invocation.Terminal.Error.WriteLineAsync($"ripieno: {SafeText.Of(trouble, longest: 2000)}");
        return await new RunEnding(invocation, common).WriteAsync(subject, overview, files, cancellation);
    }

    private async Task StartAsync(Worker worker, string runId, CancellationToken cancellation)
    {
        try
        {
            await worker.StartAsync(cancellation);
        }
        catch (ConflictException exception)
        {
            throw new ConflictException($"{exception.Message} The run is accepted: workers of the store execute it, or '{invocation.FollowUp.Command($"resume {runId}")}' under another id.");
        }
    }

    /// <summary>No command has the code, so the run would wait for ever.</summary>
    /// <exception cref="ConflictException">Some of its agents are code.</exception>
    private static void RefuseCode(string runId, RunSnapshot snapshot)
    {
        if (snapshot.Agents.FirstOrDefault(agent => agent.Code) is { } code)
            throw new ConflictException($"Agent '{code.Id}' of run {runId} is code of a program, which no command has. Start that program, or its worker. To look at the run: ripieno watch {runId}");
    }

    public static RunFiles Files(Invocation invocation, Composition composition, string runId, string? outFolder)
    {
        var parent = outFolder is null
            ? composition.Configuration.Absolute(composition.Configuration.Options.Runtime.Artifacts)
            : Path.GetFullPath(outFolder, invocation.Folder);
        return new(composition.Store, runId, parent, invocation.Logger("files"));
    }

    // Files appear while the run goes on, but not at the pace of the display.
    private Func<CancellationToken, Task> Paced(RunFiles files)
    {
        var last = invocation.Time.GetTimestamp();
        return async cancellation =>
        {
            if (invocation.Time.GetElapsedTime(last) < ExportPace)
                return;
            last = invocation.Time.GetTimestamp();
            await files.TryExportAsync(invocation.FollowUp, cancellation);
        };
    }

    private int Interrupted(string runId, RunBanner banner)
    {
        var resume = invocation.FollowUp.Command($"resume {runId}");
        if (common.Json)
        {
            JsonOutput.WriteLine(invocation.Terminal.Out, new InterruptedDocument("interrupted", runId, resume));
        }
        else
        {
            var simulated = banner.Simulated ? $" ({RunBanner.SimulatedText})" : "";
            invocation.Terminal.Error.WriteLine($"ripieno: interrupted; run {runId}{simulated} is kept. Go on with: {resume}");
        }

        return ExitCode.Interrupted;
    }
}
