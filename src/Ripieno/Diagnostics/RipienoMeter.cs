using System.Diagnostics.Metrics;

namespace Ripieno.Diagnostics;

/// <summary>The meter of the engine. Without a listener it costs nothing.</summary>
internal static class RipienoMeter
{
    public const string Name = "Ripieno";

    /// <summary>Whose values they are, wherever they are shown.</summary>
    public const string Instance = "ripieno.instance";

    /// <param name="scope">Whom it measures: several instances may live in one process, and not all values in it are the one's that is looked at.</param>
    /// <param name="instance">Its id.</param>
    public static Meter Of(object scope, string instance) => new(new MeterOptions(Name) { Scope = scope, Tags = [new(Instance, instance)] });
}
