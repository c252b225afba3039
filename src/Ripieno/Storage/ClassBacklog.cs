using Ripieno.Runs;

namespace Ripieno.Storage;

/// <summary>What is ready in a class.</summary>
/// <param name="Class">The class.</param>
/// <param name="Ready">Steps that could be claimed now, those kept for an instance to execute alone included.</param>
/// <param name="Oldest">Since when the one that has been ready longest is; where more than a thousand runs have ready steps there, the longest of a thousand of them.</param>
internal sealed record ClassBacklog(StepClass Class, long Ready, DateTimeOffset Oldest);
