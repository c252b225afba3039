using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Sqlite;

namespace Ripieno.Cli.Commands;

/// <summary><c>store restore</c>: puts a backup in the store's place.</summary>
internal static class StoreRestoreCommand
{
    private const string Instead =
        "Stop the workers and the server, put the copied appendonlydir (or dump.rdb) in the place of the one in its data folder, and start the server.";

    public static Command Create(Invocation invocation)
    {
        var file = new Argument<string>("FILE") { Description = "backup to put in the store's place" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Ask nothing" };
        var command = new DocumentedCommand(
            "restore",
            "Check a backup and put it in the store's place. The file that was there is kept beside it. Refuses while a process works on the store.",
            ("after a disk failed", "ripieno store restore /backups/ripieno.db"),
            ("into another file", "ripieno store restore before-upgrade.db --store sqlite:data/copy.db"))
        {
            file, yes,
        };
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed), parsed.GetRequiredValue(file), parsed.GetValue(yes)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, string file, bool yes)
    {
        var store = StoreFile.Of(invocation, common, Instead);
        var backup = Path.GetFullPath(file, invocation.Folder);
        using var restore = await StoreBackupCommand.WaitAsync(invocation, common, $"checking {backup}", () => SqliteRestore.PrepareAsync(
            store, backup, StoreFile.MayLive, invocation.Time, invocation.Interruption.Requested));
        if (!common.IsSilent)
        {
            await invocation.Terminal.Out.WriteLineAsync(
                $"Backup {backup} of {TimeText.Moment(new DateTimeOffset(File.GetLastWriteTimeUtc(backup)), invocation.Time.LocalTimeZone)}: {TimeText.Size(restore.Backup.Bytes)}, runs {StoreView.Runs(restore.Backup)}; sound.");
        }

        var isThere = File.Exists(store);
        if (isThere && !await Confirmation.GivenAsync(invocation, common, yes, $"Put it in the place of {store}?", $"The store {store} would be replaced."))
        {
            await invocation.Terminal.Out.WriteLineAsync("Nothing was changed.");
            return ExitCode.Done;
        }

        var kept = restore.Replace();
        if (common.Json)
            JsonOutput.WriteLine(invocation.Terminal.Out, new RestoreDocument(backup, store, kept, StoreContentsJson.Of(restore.Backup)));
        else if (common.Quiet)
            await invocation.Terminal.Out.WriteLineAsync(store);
        else
            await TellAsync(invocation, store, kept);
        return ExitCode.Done;
    }

    private static async Task TellAsync(Invocation invocation, string store, string? kept)
    {
        var output = invocation.Terminal.Out;
        await output.WriteLineAsync($"Restored {store}.");
        if (kept is not null)
            await output.WriteLineAsync($"The file that was there is kept; delete it when all is well: {kept}");
        await output.WriteLineAsync($"What was running goes on with: {invocation.FollowUp.Command("worker")}");
    }
}
