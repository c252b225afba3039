using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>One of the connections to whoever is the master now.</summary>
internal sealed class Line(Func<IDatabase> current)
{
    /// <summary>Not to be kept from one attempt to the next: another server may have become the master.</summary>
    public IDatabase Db => current();
}
