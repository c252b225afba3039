using System.CommandLine;

namespace Ripieno.Cli.Commands;

/// <summary><c>store check</c>, <c>backup</c>, <c>restore</c>, <c>copy</c>, <c>reopen</c> and <c>figures</c>.</summary>
internal static class StoreCommand
{
    public static Command Create(Invocation invocation) => new("store", "Check, back up, restore or move the store, or show its figures")
    {
        StoreCheckCommand.Create(invocation),
        StoreBackupCommand.Create(invocation),
        StoreRestoreCommand.Create(invocation),
        StoreCopyCommand.Create(invocation),
        StoreReopenCommand.Create(invocation),
        StoreFiguresCommand.Create(invocation),
    };
}
