namespace Ripieno.Storage;

/// <summary>What a store is.</summary>
/// <param name="Kind"><c>sqlite</c> or <c>redis</c>.</param>
/// <param name="Location">File or address, without credentials.</param>
/// <param name="Engine">Product and version behind it.</param>
/// <param name="SchemaVersion">Version of the stored shape.</param>
/// <param name="Durability">What survives what, in one sentence.</param>
internal sealed record StoreDescription(string Kind, string Location, string Engine, int SchemaVersion, string Durability)
{
    /// <summary>
    /// Everybody who works on the store does so on one machine. Then whoever registered before the machine's last boot is dead; of a store that many machines
    /// share one cannot tell: two of them may have the same name.
    /// </summary>
    public bool OneMachine { get; init; }
}
