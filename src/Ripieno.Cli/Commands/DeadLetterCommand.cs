using System.CommandLine;

namespace Ripieno.Cli.Commands;

/// <summary><c>dead-letter list</c>, <c>show</c> and <c>retry</c>: steps that were given up because executing them ends processes.</summary>
internal static class DeadLetterCommand
{
    public static Command Create(Invocation invocation) => new("dead-letter", "List, show or retry steps that were given up because executing them ends processes")
    {
        DeadLetterListCommand.Create(invocation),
        DeadLetterShowCommand.Create(invocation),
        DeadLetterRetryCommand.Create(invocation),
    };
}
