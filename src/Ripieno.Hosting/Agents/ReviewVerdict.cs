namespace Ripieno;

/// <summary>What an agent that is code says of work that it reviews.</summary>
/// <param name="Approved">True: the work counts. False: it is done again, as often as the step allows.</param>
/// <param name="Notes">What to change; must not be empty when the work is sent back.</param>
public sealed record ReviewVerdict(bool Approved, string Notes = "");
