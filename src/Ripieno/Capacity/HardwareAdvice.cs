using System.Collections.Immutable;

namespace Ripieno.Capacity;

/// <summary>What suits a machine that serves the models itself.</summary>
/// <param name="Model">Model name as Ollama knows it.</param>
/// <param name="Installed">False when the model must be pulled first, or nothing is known about installed models.</param>
/// <param name="Context">Context window in tokens.</param>
/// <param name="Concurrency">Calls at once.</param>
/// <param name="Reasons">Why, in sentences.</param>
internal sealed record HardwareAdvice(string Model, bool Installed, int Context, int Concurrency, ImmutableArray<string> Reasons);
