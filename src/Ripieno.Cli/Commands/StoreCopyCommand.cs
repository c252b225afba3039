using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Configuration;
using Ripieno.Coordination.Moving;
using Ripieno.Errors;
using Ripieno.Storage;
using Ripieno.Workers;
using Spectre.Console;

namespace Ripieno.Cli.Commands;

/// <summary><c>store copy</c>: takes everything to another store, where half-finished runs go on.</summary>
internal static class StoreCopyCommand
{
    /// <summary>How often a line of progress is written where nothing can be drawn again.</summary>
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);

    public static Command Create(Invocation invocation)
    {
        var from = new Argument<string>("FROM") { Description = "store to copy: sqlite:PATH or redis:HOST:PORT" };
        var to = new Argument<string>("TO") { Description = "store to copy to, of either kind: empty, or with other runs" };
        var force = new Option<bool>("--force") { Description = "Also while instances work on FROM: they are cut off, and what they had in hand executes once more in TO" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only count and look whether anything is in the way" };
        var command = new DocumentedCommand(
            "copy",
            "Move to another store: close FROM, so that nobody works on it any more, copy all of it, half-finished runs included, and compare. Runs go on in TO where they were. May be repeated when it was cut off; 'ripieno store reopen' opens FROM again.",
            ("from one machine to many", "ripieno store copy sqlite:data/ripieno.db redis:redis.local:6379"),
            ("and back", "ripieno store copy redis:redis.local:6379 sqlite:data/ripieno.db"),
            ("how much that would be", "ripieno store copy sqlite:data/ripieno.db redis:redis.local:6379 --dry-run"))
        {
            from, to, force, dryRun,
        };
        command.SetAction((parsed, _) => ExecuteAsync(
            invocation, CommonSettings.Of(parsed), parsed.GetRequiredValue(from), parsed.GetRequiredValue(to), parsed.GetValue(force), parsed.GetValue(dryRun)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, string from, string to, bool force, bool dryRun)
    {
        if (common.Store is not null)
            throw new InvalidInputException(new Problem(null, null, "--store", $"\"{common.Store}\"", "no --store: 'store copy' names both stores as its arguments"));
        Check("FROM", from);
        Check("TO", to);
        var cancellation = invocation.Interruption.Requested;
        await using var source = await Composition.OpenAsync(invocation, common with { Store = from }, cancellation);
        var target = Composition.Load(invocation, common with { Store = to });
        await using var destination = await OpenAsync(invocation, target, mustExist: dryRun, cancellation);
        var move = new StoreMove(source.Store, destination?.Store, instance => ProcessIdentity.MayLive(instance, source.Store.Description.OneMachine));
        if (dryRun)
            return Write(invocation, common, source.Store.Description, target, await move.LookAsync(cancellation));
        var started = invocation.Time.GetTimestamp();
        var report = await WithProgressAsync(invocation, common, told => move.ExecuteAsync(force, told, cancellation));
        Write(invocation, common, to, source.Store.Description, destination!.Store.Description, report, invocation.Time.GetElapsedTime(started));
        return ExitCode.Done;
    }

    /// <summary>What names no store would be taken for a file's name.</summary>
    private static void Check(string which, string store)
    {
        if (!store.StartsWith("sqlite:", StringComparison.OrdinalIgnoreCase) && !RedisAddress.Is(store))
            throw new InvalidInputException(new Problem(null, null, which, $"\"{RedisAddress.Mask(store)}\"", "sqlite:PATH or redis:HOST:PORT"));
    }

    /// <returns>Null when there is no store and none is to be made.</returns>
    private static async Task<Composition?> OpenAsync(Invocation invocation, LoadedConfiguration target, bool mustExist, CancellationToken cancellation)
    {
        try
        {
            return await Composition.OpenAsync(invocation, target, mustExist, cancellation);
        }
        catch (NotFoundException) when (mustExist)
        {
            return null;
        }
    }

    private static async Task<MoveReport> WithProgressAsync(Invocation invocation, CommonSettings common, Func<Action<MoveProgress>, Task<MoveReport>> work)
    {
        if (common.IsSilent)
            return await work(_ => { });
        if (invocation.Terminal.IsLive)
            return await invocation.Terminal.Console.Status().StartAsync("closing", status => work(progress => status.Status(Markup.Escape(Line(progress)))));
        var last = invocation.Time.GetTimestamp();
        return await work(progress =>
        {
            if (invocation.Time.GetElapsedTime(last) < Between)
                return;
            last = invocation.Time.GetTimestamp();
            invocation.Terminal.Out.WriteLine(Line(progress));
        });
    }

    private static string Name(LoadedConfiguration store) => store.Redis?.Location ?? $"sqlite:{store.StoreLocation}";

    private static string Line(MoveProgress progress) =>
        $"copying: {TimeText.Number(progress.Done)} of {TimeText.Count(progress.Of, "run")}, {TimeText.Count(progress.Steps, "step")}{(progress.RunId is null ? "; hourly figures" : $"; {progress.RunId}")}";

    private static int Write(Invocation invocation, CommonSettings common, StoreDescription from, LoadedConfiguration target, MovePlan plan)
    {
        var isFree = plan.Clashes.Count == 0 && plan.Live.Count == 0;
        if (common.Json)
        {
            JsonOutput.WriteLine(invocation.Terminal.Out, new CopyPlanDocument(
                $"{from.Kind}:{from.Location}", Name(target), isFree, StoreContentsJson.RunsOf(plan.Runs), plan.Steps, plan.OpenSteps, plan.There, plan.Clashes, [.. plan.Live.Select(instance => instance.Id)], plan.ClosedFor));
            return isFree ? ExitCode.Done : ExitCode.Usage;
        }

        var output = invocation.Terminal.Out;
        output.WriteLine($"{from.Kind}:{from.Location} → {Name(target)}: runs {StoreView.Runs(plan.Runs)}; {TimeText.Count(plan.Steps, "step")}, {TimeText.Number(plan.OpenSteps)} of them open.");
        if (plan.There > 0)
            output.WriteLine($"{TimeText.Count(plan.There, "run")} are there already, as they are.");
        if (plan.ClosedFor is { } closedFor)
            output.WriteLine($"It is closed already, for a move to {closedFor}.");
        foreach (var clash in plan.Clashes)
            output.WriteLine($"✗ another run has the id {clash} there");
        foreach (var instance in plan.Live)
            output.WriteLine($"✗ {instance.Id} (pid {instance.Pid} on {instance.Host.Split('/')[0]}) works on it");
        output.WriteLine(isFree ? "Nothing is in the way. Nothing was changed." : "Nothing was changed.");
        return isFree ? ExitCode.Done : ExitCode.Usage;
    }

    private static void Write(
        Invocation invocation, CommonSettings common, string to, StoreDescription from, StoreDescription into, MoveReport report, TimeSpan elapsed)
    {
        var output = invocation.Terminal.Out;
        if (common.Json)
        {
            JsonOutput.WriteLine(output, new CopyDocument(
                $"{from.Kind}:{from.Location}", $"{into.Kind}:{into.Location}", StoreContentsJson.RunsOf(report.Runs), report.Copied, report.There, report.GoneOn, report.Steps, report.Events, report.Artifacts, report.Contents, report.Bytes, report.Figures, report.LogLines,
                elapsed.TotalSeconds));
            return;
        }

        if (common.Quiet)
        {
            output.WriteLine($"{into.Kind}:{into.Location}");
            return;
        }

        var address = RedisAddress.Mask(to);
        output.WriteLine($"Copied {from.Kind}:{from.Location} → {into.Kind}:{into.Location}: runs {StoreView.Runs(report.Runs)}; in {TimeText.Of(elapsed)}.");
        output.WriteLine(
            $"{TimeText.Count(report.Copied, "run")} copied with {TimeText.Count(report.Steps, "step")}, {TimeText.Count(report.Events, "event")}, {TimeText.Count(report.Artifacts, "artifact")}, {TimeText.Size(report.Bytes)} of contents, {TimeText.Count(report.LogLines, "log line")}; {TimeText.Number(report.There)} there already. Read back and compared: all the same.");
        if (report.GoneOn > 0)
            output.WriteLine($"{TimeText.Count(report.GoneOn, "run")} had gone on there already when it was read back.");
        output.WriteLine($"{from.Kind}:{from.Location} is closed now and keeps what it has. Go on there: ripieno worker --store {address}");
    }
}
