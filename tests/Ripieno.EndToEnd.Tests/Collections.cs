namespace Ripieno.EndToEnd.Tests;

/// <summary>
/// Two lines of tests, side by side: on the embedded store, and on a Redis. Much of each is waiting, for a lease or for a process to start. Within a line one at a time: beside two kill storms, the look
/// before a run would find a healthy server too slow.
/// </summary>
internal static class Collections
{
    public const string Embedded = "on the embedded store";
    public const string Redis = "on a Redis";
}
