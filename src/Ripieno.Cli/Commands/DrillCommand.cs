using System.CommandLine;

namespace Ripieno.Cli.Commands;

/// <summary><c>drill failover</c>, and the worker that it starts.</summary>
internal static class DrillCommand
{
    public static Command Create(Invocation invocation) => new("drill", "Try out, on the real store, that what is promised for a failure holds")
    {
        DrillFailoverCommand.Create(invocation),
        DrillWorkerCommand.Create(invocation),
    };
}
