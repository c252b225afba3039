namespace Ripieno.Configuration;

/// <summary>Names of the kinds of stores.</summary>
internal static class StoreKind
{
    /// <summary>One file on one machine.</summary>
    public const string Sqlite = "sqlite";

    /// <summary>One Redis, any number of machines.</summary>
    public const string Redis = "redis";
}
