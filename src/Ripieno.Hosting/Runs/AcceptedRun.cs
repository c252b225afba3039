namespace Ripieno;

/// <summary>A run that was accepted: it survives whatever the store's durability covers.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Existing">True when the same run, with the same id and the same content, had been accepted before: nothing was started a second time.</param>
public sealed record AcceptedRun(string Id, bool Existing);
