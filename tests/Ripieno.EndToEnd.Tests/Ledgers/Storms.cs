using System.Globalization;

namespace Ripieno.EndToEnd.Tests.Ledgers;

/// <summary>What all fault tests share: their seed, how long they go on, and the one line that each leaves.</summary>
internal static class Storms
{
    /// <summary>True when <c>./test --storms</c> asks for the long versions.</summary>
    public static bool Long { get; } = Environment.GetEnvironmentVariable("RIPIENO_STORMS") == "1";

    /// <summary>Set <c>RIPIENO_TEST_SEED</c> to what a failed test printed to see it again.</summary>
    public static int Seed(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("RIPIENO_TEST_SEED"), CultureInfo.InvariantCulture, out var given) ? given : usual;

    /// <summary>Prints what the faults hit, also when the test passes: a fault test whose fault never fires proves nothing.</summary>
    public static void Tell(this ITestOutputHelper output, string line)
    {
        output.WriteLine(line);
        TestContext.Current.SendDiagnosticMessage(line);
    }

    /// <summary>Looks every few milliseconds until it is so; fails with what was waited for, far beyond anything that a healthy machine needs.</summary>
    public static async Task UntilAsync(string what, Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!await isSo())
        {
            Assert.False(patience.IsCancellationRequested, $"Waited in vain until {what}.");
            await Task.Delay(5);
        }
    }

    public static Task UntilAsync(string what, Func<bool> isSo) => UntilAsync(what, () => Task.FromResult(isSo()));
}
