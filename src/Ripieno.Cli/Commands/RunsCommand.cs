using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Cli.Commands;

/// <summary><c>runs</c>: lists runs.</summary>
internal static class RunsCommand
{
    private const int DefaultLimit = 20;

    public static Command Create(Invocation invocation)
    {
        var status = new Option<RunStatus?>("--status")
        {
            HelpName = "S",
            Description = "Only running, succeeded, failed or cancelled ones",
            CustomParser = OptionValues.Choice(
                [.. Enum.GetValues<RunStatus>().Select(value => (value.ToString().ToLowerInvariant(), value))]),
        };
        var limit = new Option<int?>("--limit", "-n")
        {
            HelpName = "N",
            Description = $"How many at most, the newest first. Default {DefaultLimit}",
            CustomParser = OptionValues.Number(1, 10_000),
        };
        var all = new Option<bool>("--all") { Description = "Also those that only tell of the end of others (submit --callback)" };
        var command = new DocumentedCommand(
            "runs",
            "List runs, the newest first.",
            ("the newest", "ripieno runs"),
            ("what failed, for a script", "ripieno runs --status failed --json"))
        {
            status, limit, all,
        };
        command.SetAction((parsed, _) =>
            ExecuteAsync(invocation, CommonSettings.Of(parsed), parsed.GetValue(status), parsed.GetValue(limit) ?? DefaultLimit, parsed.GetValue(all)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, RunStatus? status, int limit, bool all)
    {
        var runs = await ListAsync(invocation, common, status, limit, all);
        if (common.Json)
            JsonOutput.WriteLine(invocation.Terminal.Out, new RunsDocument([.. runs.Select(RunJson.Of)]));
        else if (common.Quiet)
            runs.ToList().ForEach(run => invocation.Terminal.Out.WriteLine(run.Id));
        else if (runs.Count == 0)
            await invocation.Terminal.Out.WriteLineAsync("There are no runs. Start one with: ripieno run BACKLOG");
        else
            invocation.Terminal.Console.Write(RunsView.Of(runs, invocation.Time));
        return ExitCode.Done;
    }

    private static async Task<IReadOnlyList<RunRecord>> ListAsync(Invocation invocation, CommonSettings common, RunStatus? status, int limit, bool all)
    {
        var cancellation = invocation.Interruption.Requested;
        try
        {
            await using var composition = await Composition.OpenAsync(invocation, common, cancellation);
            return await composition.Coordinator.ListAsync(status, null, limit, cancellation, callbacks: all);
        }
        catch (NotFoundException)
        {
            // No store yet is no runs yet.
            return [];
        }
    }
}
