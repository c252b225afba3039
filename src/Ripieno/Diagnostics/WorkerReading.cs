namespace Ripieno.Diagnostics;

/// <summary>What a worker does at a moment.</summary>
/// <param name="Slots">Steps that it can execute at once.</param>
/// <param name="Busy">Steps that it executes.</param>
/// <param name="ActiveRuns">Runs that they are of.</param>
/// <param name="IsReady">It can take work.</param>
/// <param name="SuccessRatio">Share of its executions that brought a result, of late; null when none has ended.</param>
internal sealed record WorkerReading(int Slots, int Busy, int ActiveRuns, bool IsReady, double? SuccessRatio);
