namespace Ripieno.Storage;

/// <summary>A request for part of a limit that all instances share.</summary>
/// <param name="Limit">Name of the limit: <c>endpoint/ollama</c>.</param>
/// <param name="Capacity">What the limit holds altogether.</param>
/// <param name="Weight">How much of it is wanted: 1, or the capacity for a call that must be alone.</param>
/// <param name="Incarnation">Holder; when it is found dead its permits are free.</param>
/// <param name="Permit">Random name of the permit.</param>
/// <param name="Duration">When it lapses if it is not given back; no shorter than the call that it covers may last.</param>
internal sealed record PermitRequest(string Limit, int Capacity, int Weight, Guid Incarnation, Guid Permit, TimeSpan Duration);
