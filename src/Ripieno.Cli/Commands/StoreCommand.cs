using System.CommandLine;

namespace Ripieno.Cli.Commands;

/// <summary><c>store check</c>, <c>backup</c>, <c>restore</c> and <c>figures</c>.</summary>
internal static class StoreCommand
{
    public static Command Create(Invocation invocation) => new("store", "Check, back up or restore the store, or show its figures")
    {
        StoreCheckCommand.Create(invocation),
        StoreBackupCommand.Create(invocation),
        StoreRestoreCommand.Create(invocation),
        StoreFiguresCommand.Create(invocation),
    };
}
