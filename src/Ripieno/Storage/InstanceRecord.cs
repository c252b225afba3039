namespace Ripieno.Storage;

/// <summary>One process of Ripieno, as the store knows it.</summary>
/// <param name="Incarnation">Random for each start.</param>
/// <param name="Id"><c>INSTANCE_ID</c>, else what the config says, else host and pid. A second live one is refused.</param>
/// <param name="Host">Identity of the machine (name plus boot), so that only processes of this very machine are looked up by pid.</param>
/// <param name="Pid">Process id on that host.</param>
/// <param name="ProcessStart">When the operating system started the process, in its own unit: tells a reused pid.</param>
/// <param name="Version">Product version.</param>
/// <param name="Slots">Steps that it executes at once; 0 for a process that only submits or watches.</param>
/// <param name="SeenAt">Last heartbeat.</param>
internal sealed record InstanceRecord(
    Guid Incarnation, string Id, string Host, int Pid, long ProcessStart, string Version, int Slots, DateTimeOffset SeenAt)
{
    /// <summary>It has not been heard of for longer than its lease, by the store's clock: its steps are anybody's.</summary>
    public bool IsSilent { get; init; }
}

/// <summary>What an instance last told of itself, for people and figures. Nothing that the engine decides hangs on it.</summary>
/// <param name="Incarnation">Who.</param>
/// <param name="At">When, by the store's clock.</param>
/// <param name="Report">UTF-8 JSON, opaque to the store; at most <see cref="ContentLimits.InstanceReport"/> bytes.</param>
internal sealed record StoredReport(Guid Incarnation, DateTimeOffset At, ReadOnlyMemory<byte> Report);

/// <summary>Answer to a heartbeat.</summary>
/// <param name="Lost">Leases that the instance holds no longer: abort their work.</param>
/// <param name="Cancelled">Leases whose run was cancelled: abort their work, report it as released.</param>
internal sealed record RenewReply(IReadOnlyList<StepLease> Lost, IReadOnlyList<StepLease> Cancelled);

/// <summary>Why an instance's registration ends.</summary>
internal enum InstanceEnd
{
    /// <summary>It said so itself: its steps are handed back at no cost.</summary>
    Stopped,

    /// <summary>Its process is gone: its steps are claimable at once and each counts a death.</summary>
    Died,
}
