using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Cli.Runs;
using Ripieno.Configuration;
using Ripieno.Coordination;
using Ripieno.Runs;

namespace Ripieno.Cli.Commands;

/// <summary><c>prune</c>: deletes runs that have ended.</summary>
internal static class PruneCommand
{
    private static readonly TimeSpan LongestAge = TimeSpan.FromDays(3600);

    public static Command Create(Invocation invocation)
    {
        var runs = new Argument<string[]>("RUN") { Description = "ids of runs to delete, whatever their age", Arity = ArgumentArity.ZeroOrMore };
        var age = new Option<TimeSpan?>("--older-than")
        {
            HelpName = "AGE",
            Description = "Runs that ended longer ago, such as 30d; without it the config's runtime.retention counts",
            CustomParser = OptionValues.Duration(LongestAge),
        };
        var status = new Option<RunStatus[]?>("--status")
        {
            HelpName = "S",
            Description = "Only succeeded, failed or cancelled ones; may be repeated",
            CustomParser = OptionValues.Choices([.. Retention.Ended.Select(value => (value.ToString().ToLowerInvariant(), value))]),
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
        };
        var dry = new Option<bool>("--dry-run") { Description = "Only show what would go" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Ask nothing" };
        var command = new DocumentedCommand(
            "prune",
            "Delete runs that have ended, with all that belongs to them: by age and status, or those named. Exported files and hourly figures stay.",
            ("what would go after 30 days", "ripieno prune --older-than 30d --dry-run"),
            ("every failed run of last week and before", "ripieno prune --older-than 7d --status failed"),
            ("as the config says, from a timer", "ripieno prune --yes"),
            ("one run", "ripieno prune nightly-42"))
        {
            runs, age, status, dry, yes,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(runs) is { Length: > 0 } && (result.GetResult(age) is not null || result.GetResult(status) is not null))
                result.AddError("Name runs, or say --older-than and --status, not both.");
        });
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed), new(
            parsed.GetValue(runs) ?? [], parsed.GetValue(age), parsed.GetValue(status) ?? [], parsed.GetValue(dry), parsed.GetValue(yes))));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, PruneSettings settings)
    {
        var cancellation = invocation.Interruption.Requested;
        await using var composition = await Composition.OpenAsync(invocation, common, cancellation);
        var order = await PruneOrder.ReadAsync(composition, settings, invocation.Time, cancellation);
        if (!common.IsSilent)
            PruneView.Write(invocation, order, settings.DryRun);
        var count = order.More ? $"More than {TimeText.Number(order.Runs.Count)} runs" : TimeText.Count(order.Runs.Count, "run");
        var deletes = !settings.DryRun && order.Runs.Count > 0 && await Confirmation.GivenAsync(
            invocation, common, settings.Yes, $"Delete {(order.More ? "these and all others" : count)} for good?", $"{count} would be deleted.");
        var deleted = deletes ? await PruneView.ProgressAsync(invocation, common, order, progress => order.DeleteAsync(progress, cancellation)) : 0;
        if (common.Json)
        {
            JsonOutput.WriteLine(invocation.Terminal.Out, new PruneDocument(
                settings.DryRun, deleted, order.More, [.. order.Runs.Select(run => new PrunedRunJson(run.Id, run.Title, run.Status, run.FinishedAt))]));
        }
        else if (common.Quiet)
        {
            order.Runs.ToList().ForEach(run => invocation.Terminal.Out.WriteLine(run.Id));
        }
        else if (deletes)
        {
            var room = composition.Store.Description.Kind == StoreKind.Sqlite ? " The file keeps its size; the room in it is used again." : "";
            await invocation.Terminal.Out.WriteLineAsync($"Deleted {TimeText.Count(deleted, "run")}.{room}");
            await invocation.Terminal.Out.WriteLineAsync(
                $"Exported files in {composition.Configuration.Options.Runtime.Artifacts}/ are left alone, and so are the hourly figures.");
        }
        else if (!settings.DryRun && order.Runs.Count > 0)
        {
            await invocation.Terminal.Out.WriteLineAsync("Nothing was deleted.");
        }

        return ExitCode.Done;
    }
}
