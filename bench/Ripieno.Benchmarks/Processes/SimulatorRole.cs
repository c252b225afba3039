using System.Globalization;
using Ripieno.Simulator;

namespace Ripieno.Benchmarks.Processes;

/// <summary>A model server that answers slowly, in a process of its own, so that the instance beside it is measured without it.</summary>
internal static class SimulatorRole
{
    public const string Name = "simulator";

    /// <summary>Answers with the server's URL.</summary>
    public const string Where = "where";

    /// <summary>Answers with the number of calls in flight.</summary>
    public const string InFlight = "in-flight";

    /// <param name="slots">Calls computed at once.</param>
    /// <param name="latency">Of an answer; the first token comes after a third of it.</param>
    public static IEnumerable<string> Arguments(int slots, TimeSpan latency) => [Roles.Option, Name, $"{slots}", latency.ToString("c", CultureInfo.InvariantCulture)];

    public static async Task RunAsync(string[] arguments)
    {
        var options = new SimulatorOptions
        {
            Slots = int.Parse(arguments[0], CultureInfo.InvariantCulture),
            Latency = TimeSpan.ParseExact(arguments[1], "c", CultureInfo.InvariantCulture),
        };
        await using var simulator = await ModelSimulator.StartAsync(options);
        await Roles.ServeAsync(line => line == Where ? simulator.Url.ToString() : $"{simulator.Computing}");
    }
}
