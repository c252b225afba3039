using System.CommandLine;

namespace Ripieno.Cli.Grammar;

/// <summary>Options of the commands that execute steps.</summary>
internal static class ExecutionFlags
{
    public static Option<int?> Concurrency() => new("--concurrency", "-c")
    {
        HelpName = "N",
        Description = "Steps executed at once",
        CustomParser = OptionValues.Number(1, 10_000),
    };

    public static Option<string?> Out() => new("--out")
    {
        HelpName = "DIR",
        Description = "Folder in which the run gets its own, instead of artifacts",
    };
}
