namespace Ripieno.Storage.Moving;

/// <summary>
/// A part of the image of a run: the first has the run itself and its snapshot; then come its steps in order, then its events in order. A small run is one part.
/// </summary>
internal sealed record ImagePart
{
    /// <summary>Steps in a part: what a commit may touch.</summary>
    public const int MostSteps = 100;

    public const int MostEvents = 500;

    /// <summary>Bytes of contents after which a part is closed. One step may bring its artifacts besides.</summary>
    public const int MostBytes = 1024 * 1024;

    /// <summary>In the first part; null in the others.</summary>
    public RunImage? Run { get; init; }

    /// <summary>In the first part; null in the others.</summary>
    public PackedContent? Snapshot { get; init; }

    public IReadOnlyList<StepImage> Steps { get; init; } = [];

    /// <summary>Number of the first of <see cref="Events"/>.</summary>
    public long FirstEvent { get; init; }

    public IReadOnlyList<EventImage> Events { get; init; } = [];

    /// <summary>Contents that this part names, or an earlier one, each once in the whole image. Held against their hashes by whoever read them.</summary>
    public IReadOnlyList<PackedContent> Contents { get; init; } = [];

    /// <summary>With it the image is whole.</summary>
    public bool IsLast { get; init; }
}
