using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Agents.Custom;

/// <summary>What an agent's work on a step came to.</summary>
/// <param name="Answer">Its value.</param>
/// <param name="Usage">Tokens that it took.</param>
/// <param name="Files">Files besides the answer's own.</param>
internal sealed record StepAnswer(CustomAnswer Answer, TokenUsage Usage, IReadOnlyList<ArtifactContent> Files);
