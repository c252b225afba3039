namespace Ripieno.Cluster;

/// <summary>What an instance tells of itself every few seconds, for people and figures.</summary>
internal sealed record InstanceReport
{
    /// <summary>The shape written today; one of a later Ripieno is read as far as it is known.</summary>
    public int Format { get; init; } = 1;

    public required InstanceRole Role { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Which configuration it works with.</summary>
    public required ConfigurationMark Configuration { get; init; }

    /// <summary>Classes that it executes, as <c>queue/executor</c>, without those pinned to instances.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Patterns of the runs that it takes steps of; empty = of any.</summary>
    public IReadOnlyList<string> Runs { get; init; } = [];

    /// <summary>It takes nothing new and ends when what it has is done.</summary>
    public bool Draining { get; init; }

    /// <summary>Slots that are at work.</summary>
    public required int Busy { get; init; }

    /// <summary>Runs whose steps they execute.</summary>
    public required int ActiveRuns { get; init; }

    /// <summary>What it has done of late.</summary>
    public required RecentWork Recent { get; init; }

    /// <summary>What its process uses.</summary>
    public required ProcessUse Process { get; init; }

    /// <summary>Why it takes no work although slots are free; null when all is well.</summary>
    public string? Trouble { get; init; }

    /// <summary>Limits that its configuration sets, by endpoint, in words: instances of one store should agree on them.</summary>
    public IReadOnlyDictionary<string, string> Limits { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Instances of its machine that it found dead of late, the last one first. Their registrations are gone, so nothing else tells of them.</summary>
    public IReadOnlyList<LostInstance> Lost { get; init; } = [];
}

/// <summary>An instance whose process ended without a word.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Pid">Of its process.</param>
/// <param name="Host">Name of its machine.</param>
/// <param name="At">When it was found dead.</param>
/// <param name="Steps">What it had in hand, and others execute now.</param>
internal sealed record LostInstance(string Id, int Pid, string Host, DateTimeOffset At, int Steps);

/// <summary>What a process is there for.</summary>
internal enum InstanceRole
{
    /// <summary>Executes steps of any run, or of some, until it is stopped.</summary>
    Worker,

    /// <summary>Executes one run and ends.</summary>
    Run,
}

/// <summary>A configuration in short.</summary>
/// <param name="File">As the user knows it; null = built-in defaults.</param>
/// <param name="Version">Its <c>metadata.version</c>.</param>
/// <param name="Hash">Eight hex digits of what is in force; equal where instances agree, whatever their files and they themselves are called. Differs with each value, so also with an instance's own concurrency.</param>
internal sealed record ConfigurationMark(string? File, string? Version, string Hash);

/// <summary>Work of the last minutes.</summary>
/// <param name="Seconds">How long they were: five minutes, or less when the instance is younger.</param>
/// <param name="Succeeded">Executions that brought a result.</param>
/// <param name="Failed">Executions that failed, whether they are tried again or not. Those handed back or put aside are neither.</param>
/// <param name="ServiceSeconds">Time in a slot of both together.</param>
/// <param name="BusySeconds">Slot time used in that span, what is still going on included.</param>
internal sealed record RecentWork(double Seconds, long Succeeded, long Failed, double ServiceSeconds, double BusySeconds)
{
    public long Ended => Succeeded + Failed;

    /// <summary>Null when nothing has ended.</summary>
    public double? SuccessRate => Ended == 0 ? null : (double)Succeeded / Ended;

    /// <summary>Mean time in a slot; null when nothing has ended.</summary>
    public double? Latency => Ended == 0 ? null : ServiceSeconds / Ended;

    /// <param name="slots">Of the instance.</param>
    /// <returns>Share of its slot time that was used, 0 to 1.</returns>
    public double Utilization(int slots) => Seconds <= 0 || slots == 0 ? 0 : Math.Min(1, BusySeconds / (Seconds * slots));
}

/// <summary>What a process uses. Rates are means since the report before.</summary>
/// <param name="Cores">Processor cores in use; null in the first report.</param>
/// <param name="Memory">Resident bytes.</param>
/// <param name="Received">Bytes a second over the machine's (or container's) network interfaces without loopback; null = not known here.</param>
/// <param name="Sent">The same, sent.</param>
/// <param name="Read">Bytes a second that the process read from disks; null = not known here.</param>
/// <param name="Written">The same, written.</param>
internal sealed record ProcessUse(double? Cores, long Memory, double? Received, double? Sent, double? Read, double? Written);
