namespace Ripieno.Cli;

/// <summary>What the process tells its caller. Part of the product's interface: scripts depend on the numbers.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The run ended failed or cancelled.</summary>
    public const int RunFailed = 1;

    /// <summary>The command line, the config or a file is wrong, or contradicts what is stored.</summary>
    public const int Usage = 2;

    /// <summary>The store or every endpoint of a provider is away.</summary>
    public const int Unavailable = 3;

    /// <summary>An error of Ripieno itself: <c>EX_SOFTWARE</c> of sysexits.h.</summary>
    public const int Internal = 70;

    /// <summary>A worker ended to be replaced by a fresh process.</summary>
    public const int Drained = 75;

    /// <summary>Ctrl-C or SIGTERM; the state is kept. 128 + SIGINT, as shells do it.</summary>
    public const int Interrupted = 130;
}
