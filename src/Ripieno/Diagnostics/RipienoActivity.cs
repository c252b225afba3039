using System.Diagnostics;

namespace Ripieno.Diagnostics;

/// <summary>Spans of the engine. Without a listener they cost nothing.</summary>
internal static class RipienoActivity
{
    /// <summary>
    /// Spans: <c>step</c> (one execution, from claim to recorded report), <c>step.report</c> (from the answer to the recorded report),
    /// <c>store.commit</c> (one transaction).
    /// </summary>
    public static readonly ActivitySource Source = new("Ripieno");
}
