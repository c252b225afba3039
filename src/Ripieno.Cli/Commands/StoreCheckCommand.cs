using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Configuration;
using Ripieno.Storage;

namespace Ripieno.Cli.Commands;

/// <summary><c>store check</c>: is the store sound?</summary>
internal static class StoreCheckCommand
{
    public static Command Create(Invocation invocation)
    {
        var command = new DocumentedCommand(
            "check",
            "Read the whole store and tell what it is, what it holds and whether it is sound. Changes nothing; others may go on working. Exit code 3 when something is wrong.",
            ("after a power cut, or before an upgrade", "ripieno store check"),
            ("in a script", "ripieno store check --quiet"));
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common)
    {
        var cancellation = invocation.Interruption.Requested;
        await using var composition = await Composition.OpenAsync(invocation, common, cancellation);
        var check = await composition.Store.CheckAsync(cancellation);
        var isSound = check.Problems.Count == 0;
        if (common.Json)
            JsonOutput.WriteLine(invocation.Terminal.Out, new StoreCheckDocument(isSound, StoreContentsJson.Of(check), check.Problems));
        else if (common.Quiet)
            await invocation.Terminal.Out.WriteLineAsync(isSound ? "sound" : TimeText.Count(check.Problems.Count, "problem"));
        else
            Write(invocation, check);
        return isSound ? ExitCode.Done : ExitCode.Unavailable;
    }

    private static void Write(Invocation invocation, StoreCheck check)
    {
        invocation.Terminal.Console.Write(StoreView.Of(check));
        foreach (var problem in check.Problems)
            invocation.Terminal.Out.WriteLine($"✗ {SafeText.Of(problem, longest: 1000)}");
        if (check.Problems.Count == 0)
        {
            invocation.Terminal.Out.WriteLine("The store is sound.");
            return;
        }

        var mend = check.Store.Kind == StoreKind.Sqlite
            ? "keep a copy of the file with its -wal, and put a backup in its place: ripieno store restore FILE"
            : "keep a copy of the server's files, and put the last good copy of them in their place";
        invocation.Terminal.Error.WriteLine(
            $"ripieno: {TimeText.Count(check.Problems.Count, "problem")} in {check.Store.Location}. Stop what works on it, {mend}. If no disk or power failed, please report it.");
    }
}
