using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Runs;

namespace Ripieno.Cli.Commands;

/// <summary><c>watch</c>: follows a run that any process executes, from the store alone.</summary>
internal static class WatchCommand
{
    public static Command Create(Invocation invocation)
    {
        var run = RunChoice.Optional("the newest");
        var command = new DocumentedCommand(
            "watch",
            "Follow a run until it ends, whoever executes it. Ctrl-C stops watching, not the run.",
            ("the newest run", "ripieno watch"),
            ("as lines of JSON", "ripieno watch nightly-42 --json"))
        {
            run,
        };
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed), parsed.GetValue(run)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, string? named)
    {
        var cancellation = invocation.Interruption.Requested;
        await using var composition = await Composition.OpenAsync(invocation, common, cancellation);
        var id = await RunChoice.IdAsync(composition, named, null, cancellation);
        var run = (await composition.Coordinator.OverviewAsync(id, cancellation)).Run;
        var snapshot = await composition.SnapshotAsync(run, cancellation);
        var banner = RunBanner.Of(snapshot);
        var subject = new RunSubject(id, banner, composition.Store, composition.Coordinator, invocation.Time)
        {
            FallbacksAsync = stop => FallbackAnswer.ListAsync(composition.Coordinator, id, snapshot, stop),
        };
        if (await RunDisplay.For(invocation, common).ShowAsync(subject, cancellation) is not { } end)
            return ExitCode.Interrupted;
        var files = RunExecution.Files(invocation, composition, id, outFolder: null);
        return await new RunEnding(invocation, common).WriteAsync(subject, end, files, cancellation);
    }
}
