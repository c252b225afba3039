using System.Collections.Immutable;

namespace Ripieno.Configuration;

/// <summary>Who is told that a run has ended: a receiver of webhooks, or a command on the worker's machine.</summary>
internal sealed record CallbackOptions
{
    /// <summary>Where a POST goes; null = <see cref="Command"/> is there.</summary>
    public Uri? Url { get; init; }

    /// <summary>Whoever submits may name addresses below <see cref="Url"/>. False: what a worker can reach is not for every submitter to call.</summary>
    public bool Below { get; init; }

    /// <summary>Name of the variable that holds the secret; with neither this nor <see cref="SecretFile"/> messages are not signed.</summary>
    public string? SecretEnv { get; init; }

    /// <summary>File whose first line is the secret, relative to the project folder.</summary>
    public string? SecretFile { get; init; }

    /// <summary>Program and arguments.</summary>
    public ImmutableArray<string> Command { get; init; } = [];

    /// <summary>Of a command. 1 min: longer work belongs behind a queue of its own; a command that hangs keeps a slot.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(1);
}
