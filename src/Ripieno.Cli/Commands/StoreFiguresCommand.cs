using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Configuration;
using Ripieno.Coordination;

namespace Ripieno.Cli.Commands;

/// <summary><c>store figures</c>: what happened, by workflow, agent and model.</summary>
internal static class StoreFiguresCommand
{
    private static readonly TimeSpan DefaultSince = TimeSpan.FromDays(7);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3600);

    public static Command Create(Invocation invocation)
    {
        var since = new Option<TimeSpan?>("--since")
        {
            HelpName = "AGE",
            Description = $"How far to look back, in whole hours. Default {DurationText.Format(DefaultSince)}",
            CustomParser = OptionValues.Duration(Longest),
        };
        var hourly = new Option<bool>("--hourly") { Description = "A row for each hour" };
        var command = new DocumentedCommand(
            "figures",
            "Show how many runs and steps arrived, succeeded and failed, how long they took and waited, and their tokens, by workflow, agent and model. Kept when runs are deleted.",
            ("the last week", "ripieno store figures"),
            ("today, hour by hour", "ripieno store figures --since 24h --hourly"),
            ("for planning", "ripieno store figures --since 90d --hourly --json"))
        {
            since, hourly,
        };
        command.SetAction((parsed, _) => ExecuteAsync(
            invocation, CommonSettings.Of(parsed), parsed.GetValue(since) ?? DefaultSince, parsed.GetValue(hourly)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, TimeSpan since, bool hourly)
    {
        var cancellation = invocation.Interruption.Requested;
        await using var composition = await Composition.OpenAsync(invocation, common, cancellation);
        var now = invocation.Time.GetUtcNow();
        var (from, to) = (Hour(now - since), Hour(now).AddHours(1));
        var rows = FigureRow.Of(await composition.Store.ListHourlyAsync(from, to, cancellation), hourly);
        if (common.Json)
            JsonOutput.WriteLine(invocation.Terminal.Out, new FiguresDocument(from, to, hourly, [.. rows.Select(row => FigureJson.Of(row, hourly))]));
        else if (rows.Count == 0)
            await invocation.Terminal.Out.WriteLineAsync($"Nothing happened since {TimeText.Moment(from, invocation.Time.LocalTimeZone)}.");
        else
            invocation.Terminal.Console.Write(FiguresView.Of(rows, hourly, from, invocation.Time.LocalTimeZone));
        return ExitCode.Done;
    }

    /// <summary>The hour that a moment lies in.</summary>
    private static DateTimeOffset Hour(DateTimeOffset at) => at.AddTicks(-(at.Ticks % TimeSpan.TicksPerHour));
}
