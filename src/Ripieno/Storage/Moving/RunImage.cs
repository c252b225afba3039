using Ripieno.Runs;

namespace Ripieno.Storage.Moving;

/// <summary>A run as it stands, all that its own row holds: what another store needs to go on with it. Times are whole milliseconds.</summary>
internal sealed record RunImage
{
    public required string Id { get; init; }

    public required ContentHash Fingerprint { get; init; }

    public required string Title { get; init; }

    public required string Workflow { get; init; }

    public required string Tenant { get; init; }

    public required int TenantWeight { get; init; }

    public required int Priority { get; init; }

    public required int Weight { get; init; }

    public required int MaxParallel { get; init; }

    public required int MaxSteps { get; init; }

    public required int MaxDeathsAlone { get; init; }

    public required bool StopOnFailure { get; init; }

    public required ContentHash Snapshot { get; init; }

    public required ContentHash? Input { get; init; }

    public required RunStatus Status { get; init; }

    public required bool CancelRequested { get; init; }

    public required int? StoppedBy { get; init; }

    public required int Steps { get; init; }

    /// <summary>The next index to be given to a step. Ahead of <see cref="Steps"/> where some were reserved and never used.</summary>
    public required int Next { get; init; }

    public required int Open { get; init; }

    public required int Failed { get; init; }

    public required long Events { get; init; }

    public required TokenUsage Usage { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset? StartedAt { get; init; }

    public required DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Digest of the image that this run was copied from; null = it was accepted here. Not part of the digest.</summary>
    public ContentHash? CopiedFrom { get; init; }
}
