namespace Ripieno.Runs;

/// <summary>What a claim can ask for: an agent (or, for steps without one, an executor) on a queue.</summary>
/// <param name="Queue">Name of the queue; of a run that is pinned to an instance the name, <c>@</c> and the instance's id.</param>
/// <param name="Executor">Agent or executor.</param>
internal readonly record struct StepClass(string Queue, string Executor)
{
    /// <summary>Queue of steps that name none.</summary>
    public const string DefaultQueue = "default";

    /// <summary>Between a queue and the instance to which steps on it are pinned. No queue's own name has it.</summary>
    public const char Pin = '@';

    /// <summary>The instance that the steps are pinned to; null = any may take them.</summary>
    public string? Instance => Queue.IndexOf(Pin, StringComparison.Ordinal) is >= 0 and var at ? Queue[(at + 1)..] : null;

    /// <summary>The queue without the instance.</summary>
    public string Shared => Queue.IndexOf(Pin, StringComparison.Ordinal) is >= 0 and var at ? Queue[..at] : Queue;

    /// <summary>The same for one instance alone, as long as it lives.</summary>
    public StepClass PinnedTo(string instance) => this with { Queue = Pinned(Shared, instance) };

    public override string ToString() => $"{Queue}/{Executor}";

    public static string Pinned(string queue, string instance) => $"{queue}{Pin}{instance}";
}
