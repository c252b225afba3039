using Ripieno.Cli.Grammar;
using Ripieno.Storage;

namespace Ripieno.Cli.Display;

/// <summary>A run at one moment, with all that the live display shows of it.</summary>
internal sealed record ProgressModel
{
    public required RunOverview Overview { get; init; }

    public required RunBanner Banner { get; init; }

    /// <summary>Tasks known so far; empty until the plan is there.</summary>
    public IReadOnlyList<TaskRow> Tasks { get; init; } = [];

    /// <summary>Busy slots of this process.</summary>
    public IReadOnlyList<SlotLine> Slots { get; init; } = [];

    /// <summary>Instance id of this process, whose steps <see cref="Slots"/> tells better than the store; null for a mere watcher.</summary>
    public string? Instance { get; init; }

    /// <summary>Why no work is being taken; null when all is well.</summary>
    public string? Trouble { get; init; }

    /// <summary>What may be done next.</summary>
    public FollowUp FollowUp { get; init; } = FollowUp.None;

    /// <summary>When the display began, and the steps done by then: the basis of the estimate.</summary>
    public required DateTimeOffset Began { get; init; }

    public int DoneWhenBegun { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>Lines that slots and waiting steps may take.</summary>
    public int Room { get; init; } = 12;
}
