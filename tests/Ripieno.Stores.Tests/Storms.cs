namespace Ripieno.Stores.Tests;

internal static class Storms
{
    /// <summary>True when <c>./test --storms</c> asks for the long versions.</summary>
    public static bool Long { get; } = Environment.GetEnvironmentVariable("RIPIENO_STORMS") == "1";
}
