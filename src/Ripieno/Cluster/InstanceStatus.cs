using Ripieno.Storage;

namespace Ripieno.Cluster;

/// <summary>An instance with what it last told of itself.</summary>
/// <param name="Record">As it is registered.</param>
/// <param name="Report">Null = it has not told anything yet, or is of another version.</param>
internal sealed record InstanceStatus(InstanceRecord Record, InstanceReport? Report)
{
    public InstanceState State => Record.IsSilent ? InstanceState.Silent : Report is { Draining: true } ? InstanceState.Draining : InstanceState.Live;

    /// <summary>It takes work that others could take: runs that a command executes itself, and what is silent or about to go, do not count.</summary>
    public bool Serves => State == InstanceState.Live && Report is { Role: InstanceRole.Worker };

    /// <summary>Share of its slots that was used of late, 0 to 1.</summary>
    public double Utilization => Report?.Recent.Utilization(Record.Slots) ?? 0;
}

/// <summary>How an instance is.</summary>
internal enum InstanceState
{
    Live,

    /// <summary>Takes nothing new.</summary>
    Draining,

    /// <summary>Has not been heard of for longer than its lease.</summary>
    Silent,
}

/// <summary>What is ready in a class, and who is there for it.</summary>
/// <param name="Backlog">What is ready.</param>
/// <param name="Age">For how long the oldest has been.</param>
/// <param name="Servers">Live instances that take steps of the class.</param>
internal sealed record QueueStatus(ClassBacklog Backlog, TimeSpan Age, int Servers);
