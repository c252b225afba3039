namespace Ripieno.Storage;

/// <summary>
/// How a rate is kept in both stores: uses are counted by whole seconds, and a second counts for <see cref="Seconds"/>. So no 60 s ever have more than the limit, and a call
/// may take up to a second longer on its way to the server than the one before it without the server seeing more. It costs a thirtieth of the rate.
/// </summary>
internal static class RateWindow
{
    /// <summary>60, one for the second that is under way, one for the way to the server.</summary>
    public const int Seconds = 62;

    /// <summary>
    /// How soon it makes sense to ask again when only what calls under way have reserved stands in the way: each of them gives back what it did not use when it ends, which nobody can foresee.
    /// </summary>
    public static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    /// <summary>A limit that nobody has used for so long is not listed any more.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(1);
}
