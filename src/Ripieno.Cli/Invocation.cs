using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Ripieno.Cli.Grammar;
using Ripieno.Diagnostics;

namespace Ripieno.Cli;

/// <summary>One start of the command and everything that it touches outside itself.</summary>
internal sealed class Invocation
{
    public required Terminal Terminal { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>The current folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Looks up an environment variable.</summary>
    public required Func<string, string?> Variable { get; init; }

    public required Interruption Interruption { get; init; }

    /// <summary>Opens standard input as bytes.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>The log file, once a command has a project to log in.</summary>
    public LogFile? Log { get; set; }

    /// <summary>Commands that the user may give next.</summary>
    public FollowUp FollowUp { get; set; } = FollowUp.None;

    public ILogger Logger(string name) => Log?.CreateLogger(name) ?? NullLogger.Instance;

    /// <summary>Pauses; ends early, without an error, when the user interrupts.</summary>
    public async Task PauseAsync(TimeSpan pause, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(pause, Time, cancellation);
        }
        catch (OperationCanceledException)
        {
            // Whoever pauses looks at the token himself.
        }
    }
}
