namespace Ripieno.EndToEnd.Tests.Processes;

/// <summary>
/// What stands before the command: a tracer that lets system calls fail, or the way into another mount namespace. The pid of the command itself is
/// written to <see cref="PidFile"/>, for the outermost process need not be it.
/// </summary>
internal sealed record Launcher(string Program, params string[] Arguments)
{
    public required string PidFile { get; init; }

    /// <summary>Everything before the command. The shell in between changes the folder, which entering a namespace loses.</summary>
    public IEnumerable<string> Before(string folder) =>
        [Program, .. Arguments, "sh", "-c", "cd \"$1\" && echo $$ > \"$2\" && shift 2 && exec \"$@\"", "sh", folder, PidFile];
}
