namespace Ripieno.Storage;

/// <summary>A request for part of a limit that all instances share.</summary>
/// <param name="Limit">Name of the limit: <c>endpoint/ollama</c>.</param>
/// <param name="Capacity">Calls that it takes at once, altogether; null = any number.</param>
/// <param name="Weight">How much of the capacity is wanted: 1, or all of it for a call that must be alone.</param>
/// <param name="Incarnation">Holder; while its registration has run out its permits do not count.</param>
/// <param name="Permit">Random name of the permit.</param>
/// <param name="Duration">When it lapses if it is not given back; no shorter than the call that it covers may last.</param>
internal sealed record PermitRequest(string Limit, int? Capacity, int Weight, Guid Incarnation, Guid Permit, TimeSpan Duration)
{
    /// <summary>Permits given in any 60 s; null = any number.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Tokens of the permits given in any 60 s; null = any number.</summary>
    public int? TokensPerMinute { get; init; }

    /// <summary>Tokens that the call may cost, at most. One that is larger than <see cref="TokensPerMinute"/> counts as that much: it has its minute to itself.</summary>
    public int Tokens { get; init; }

    /// <summary>By which it is given back.</summary>
    public HeldPermit Held => new(Limit, Permit);
}

/// <summary>A permit that somebody holds.</summary>
internal sealed record HeldPermit(string Limit, Guid Permit);

/// <summary>Answer to a request for a permit.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Wait">After which asking again makes sense; zero when nobody knows (<see cref="PermitOutcome.Full"/>), and when it was given.</param>
/// <param name="Reason">Why the limit is left in peace (<see cref="PermitOutcome.Cooling"/>): the server's words. Else null.</param>
internal sealed record PermitReply(PermitOutcome Outcome, TimeSpan Wait = default, string? Reason = null);

internal enum PermitOutcome
{
    /// <summary>It is held now.</summary>
    Given,

    /// <summary>Others hold the capacity.</summary>
    Full,

    /// <summary>The last minute's requests or tokens are too many already.</summary>
    Paced,

    /// <summary>The server has asked to be left in peace.</summary>
    Cooling,
}
