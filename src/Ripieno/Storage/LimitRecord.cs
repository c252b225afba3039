using System.Collections.Immutable;

namespace Ripieno.Storage;

/// <summary>A limit that instances share, as it is used now.</summary>
/// <param name="Name"><c>endpoint/NAME</c>; for a lone address without limits <c>endpoint/NAME@HOST:PORT</c>.</param>
internal sealed record LimitRecord(string Name)
{
    /// <summary>Calls at once, as whoever asked last has it in its configuration; null = not limited.</summary>
    public int? Capacity { get; init; }

    /// <summary>How much of the capacity live instances hold. Who waits is not known: those who are refused ask again.</summary>
    public int InUse { get; init; }

    /// <summary>Who holds it, by instance id, the largest first.</summary>
    public ImmutableArray<LimitHolder> Holders { get; init; } = [];

    /// <summary>Null = not limited.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Null = not limited.</summary>
    public int? TokensPerMinute { get; init; }

    /// <summary>Permits given in the last <see cref="RateWindow.Seconds"/> seconds.</summary>
    public long Requests { get; init; }

    /// <summary>Tokens used in that time: real ones of calls that have ended, estimates of those under way.</summary>
    public long Tokens { get; init; }

    /// <summary>For how long the server has still asked to be left in peace; zero = it has not.</summary>
    public TimeSpan CoolingFor { get; init; }

    /// <summary>The server's words; null when it does not cool.</summary>
    public string? CoolingReason { get; init; }

    /// <summary>When a permit was last given; null for a limit of which only the cooling is known.</summary>
    public DateTimeOffset? UsedAt { get; init; }
}

/// <summary>How much of a limit an instance holds.</summary>
/// <param name="Instance">Its id.</param>
/// <param name="InUse">Sum of its permits' weights.</param>
/// <param name="Calls">Number of its permits.</param>
internal sealed record LimitHolder(string Instance, int InUse, int Calls);

/// <summary>A server has asked to be left in peace.</summary>
/// <param name="Limit">Name of the limit.</param>
/// <param name="Left">For how long still.</param>
/// <param name="Reason">Its words.</param>
internal sealed record Cooling(string Limit, TimeSpan Left, string Reason);
