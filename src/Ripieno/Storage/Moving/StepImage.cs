using Ripieno.Runs;

namespace Ripieno.Storage.Moving;

/// <summary>A step as it stands. None is written ahead; who executes it is not told.</summary>
internal sealed record StepImage
{
    public required int Index { get; init; }

    public required string Key { get; init; }

    public required string Definition { get; init; }

    public required StepClass Class { get; init; }

    public required int? Parent { get; init; }

    public required int Priority { get; init; }

    public required StepState State { get; init; }

    public required int? Accepted { get; init; }

    /// <summary>Null or not empty.</summary>
    public required string? Reason { get; init; }

    public required TokenUsage Usage { get; init; }

    /// <summary>When it last became ready.</summary>
    public required DateTimeOffset? ReadyAt { get; init; }

    /// <summary>Time of the last claim.</summary>
    public required DateTimeOffset? ClaimedAt { get; init; }

    public required DateTimeOffset? DueAt { get; init; }

    public required DateTimeOffset? StartedAt { get; init; }

    public required DateTimeOffset? FinishedAt { get; init; }

    public required ContentImage? Input { get; init; }

    public required ContentImage? Result { get; init; }

    /// <summary>Indexes, rising.</summary>
    public required IReadOnlyList<int> Dependencies { get; init; }

    /// <summary>The same from the other side: indexes of the steps that depend on it, rising.</summary>
    public required IReadOnlyList<int> Dependents { get; init; }

    /// <summary>By name, in the order of their characters' numbers.</summary>
    public required IReadOnlyList<ArtifactImage> Artifacts { get; init; }
}

/// <summary>A step's input or result.</summary>
/// <param name="Hash">Its name in the run.</param>
/// <param name="Inline">The content itself when it is short (<see cref="PackedContent.IsInline"/>); a long one comes once for the run, in <see cref="ImagePart.Contents"/>.</param>
internal sealed record ContentImage(ContentHash Hash, PackedContent? Inline);

/// <summary>A step's artifact; its content comes in <see cref="ImagePart.Contents"/>.</summary>
internal sealed record ArtifactImage(string Name, ContentHash Hash, long Size);

/// <summary>An event of a run; their numbers rise by one.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">What.</param>
/// <param name="StepIndex">To which step; null = to the run.</param>
/// <param name="Detail">Null or not empty.</param>
internal sealed record EventImage(DateTimeOffset At, RunEventKind Kind, int? StepIndex, string? Detail);
