namespace Ripieno.Storage.Moving;

/// <summary>A store that is closed because its runs go on in another one. Reading it is as ever; all else is refused until it is opened again.</summary>
/// <param name="Store">Random name of the store, made when it was first closed, or earlier; it keeps it when it is opened again.</param>
/// <param name="Target">Where its runs go on, for people.</param>
/// <param name="At">When it was closed.</param>
internal sealed record StoreClosing(string Store, string Target, DateTimeOffset At)
{
    /// <summary>What everybody is told who wants more of a closed store than to read it.</summary>
    /// <param name="location">Of the closed store.</param>
    /// <param name="target">As <see cref="Target"/>.</param>
    public static Errors.StoreUnavailableException Refusal(string location, string target) => new(
        $"The store {location} is closed: its runs were moved, or are being moved, to {target}. Work on that one (--store); or open this one again with 'ripieno store reopen' if nothing of it runs there.");

    /// <summary>The store is closed for another target than the one asked for.</summary>
    public static Errors.ConflictException Elsewhere(string location, string target) => new(
        $"The store {location} is closed already for a move to {target}. Repeat that move, or open the store again: ripieno store reopen");
}
