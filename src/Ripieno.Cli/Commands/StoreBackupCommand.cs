using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Sqlite;
using Spectre.Console;

namespace Ripieno.Cli.Commands;

/// <summary><c>store backup</c>: a consistent copy while others write.</summary>
internal static class StoreBackupCommand
{
    private const string Instead =
        "Redis copies itself: let it write its files anew with BGREWRITEAOF (or BGSAVE, where it keeps dumps), then copy the folder appendonlydir (or dump.rdb) from its data folder.";

    public static Command Create(Invocation invocation)
    {
        var file = new Argument<string>("FILE") { Description = "file to make" };
        var force = new Option<bool>("--force") { Description = "Overwrite a file that is there" };
        var command = new DocumentedCommand(
            "backup",
            "Copy the store as it is at this moment, while others go on working, and check the copy. It holds every run that was accepted before.",
            ("before an upgrade", "ripieno store backup before-upgrade.db"),
            ("every night, over the last one", "ripieno store backup /backups/ripieno.db --force --quiet"))
        {
            file, force,
        };
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed), parsed.GetRequiredValue(file), parsed.GetValue(force)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, string file, bool force)
    {
        var store = StoreFile.Existing(invocation, common, Instead);
        var target = Path.GetFullPath(file, invocation.Folder);
        var copy = await WaitAsync(invocation, common, $"copying {store}", () => SqliteBackup.WriteAsync(store, target, force, StoreFile.MayLive, invocation.Interruption.Requested));
        if (common.Json)
            JsonOutput.WriteLine(invocation.Terminal.Out, new BackupDocument(target, StoreContentsJson.Of(copy)));
        else if (common.Quiet)
            await invocation.Terminal.Out.WriteLineAsync(target);
        else
            await TellAsync(invocation, $"Backup {target}: {TimeText.Size(copy.Bytes)}, runs {StoreView.Runs(copy)}; checked and sound.", file);
        return ExitCode.Done;
    }

    private static async Task TellAsync(Invocation invocation, string made, string file)
    {
        await invocation.Terminal.Out.WriteLineAsync(made);
        await invocation.Terminal.Out.WriteLineAsync($"To put it in the store's place: {invocation.FollowUp.Command($"store restore {file}")}");
    }

    /// <summary>Shows on a terminal that something is going on.</summary>
    public static Task<T> WaitAsync<T>(Invocation invocation, CommonSettings common, string what, Func<Task<T>> work) =>
        invocation.Terminal.IsLive && !common.IsSilent
            ? invocation.Terminal.Console.Status().StartAsync(Markup.Escape(what), _ => work())
            : work();
}
