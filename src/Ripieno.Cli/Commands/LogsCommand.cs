using System.CommandLine;
using Microsoft.Extensions.Logging;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Runs;
using Ripieno.Coordination;
using Ripieno.Diagnostics;
using Ripieno.Runs;

namespace Ripieno.Cli.Commands;

/// <summary><c>logs</c>: what all processes logged about a run, in order of time.</summary>
internal static class LogsCommand
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(300);

    /// <summary>What was logged at a run's end comes from other machines a moment later.</summary>
    private static readonly TimeSpan Echo = RunLogWriter.Pace * 2;

    public static Command Create(Invocation invocation)
    {
        var run = RunChoice.Optional("the newest");
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the run has ended" };
        var command = new DocumentedCommand(
            "logs",
            "Show what was logged about a run, by all instances that had to do with it, in order of time: from this project's log files, and from the store, which has the newest 1,000 lines of all machines.",
            ("the newest run", "ripieno logs"),
            ("as it happens, for another program", "ripieno logs nightly-42 --follow --json"))
        {
            run, follow,
        };
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed), parsed.GetValue(run), parsed.GetValue(follow)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, string? named, bool follow)
    {
        var cancellation = invocation.Interruption.Requested;
        await using var composition = await Composition.OpenAsync(invocation, common, cancellation);
        var id = await RunChoice.IdAsync(composition, named, null, cancellation);
        await composition.Coordinator.OverviewAsync(id, cancellation);
        var folder = composition.Configuration.Absolute(composition.Configuration.Options.Runtime.Logs);
        var reader = new RunLogReader(new(folder, id), composition.Store, id);
        var count = 0;
        while (true)
        {
            var isOver = !follow || await HasEndedAsync(invocation, composition, id, cancellation);
            foreach (var line in await reader.ReadNewAsync(cancellation))
            {
                count++;
                await invocation.Terminal.Out.WriteLineAsync(common.Json ? System.Text.Encoding.UTF8.GetString(line.Write()) : Text(line, invocation.Time));
            }

            if (isOver)
                break;
            await Task.Delay(Pace, invocation.Time, cancellation);
        }

        if (count == 0 && !common.IsSilent)
            await invocation.Terminal.Error.WriteLineAsync($"Nothing is logged about run {id} in {folder} or in the store.");
        if (reader.Gone > 0 && !common.IsSilent)
            await invocation.Terminal.Error.WriteLineAsync($"The store keeps the newest lines of a run; {TimeText.Count(reader.Gone, "older one")} of it are only in the log files of the machines that wrote them.");
        return ExitCode.Done;
    }

    /// <summary>That a run has ended is known before the last lines about it: then one more look is worth while.</summary>
    private static async Task<bool> HasEndedAsync(Invocation invocation, Composition composition, string id, CancellationToken cancellation)
    {
        var run = (await composition.Coordinator.OverviewAsync(id, cancellation)).Run;
        if (run.Status == RunStatus.Running)
            return false;
        if (run.FinishedAt is { } end && invocation.Time.GetUtcNow() - end < Echo * 2)
            await Task.Delay(Echo, invocation.Time, cancellation);
        return true;
    }

    public static string Text(LogLine line, TimeProvider time)
    {
        var level = line.Level switch
        {
            LogLevel.Information => "",
            LogLevel.Warning => "warning: ",
            LogLevel.Error => "error: ",
            LogLevel.Critical => "critical: ",
            _ => "debug: ",
        };
        var step = line.Step is null || line.Message.Contains(line.Step, StringComparison.Ordinal) ? "" : $"{SafeText.Of(line.Step)}: ";
        var exception = line.Exception is { } thrown ? $" ({SafeText.Of(thrown.Type)}: {SafeText.Of(thrown.Message)})" : "";
        return $"{TimeText.Second(line.Time, time.LocalTimeZone)}  {SafeText.Of(line.Instance, longest: 60)}  {level}{step}{SafeText.Of(line.Message, longest: 2000)}{exception}";
    }
}
