namespace Ripieno.Workflows.Composing;

/// <summary>Something wrong with a user's workflow.</summary>
/// <param name="Place">Inside of the workflow, as <c>steps[draft].when</c>; <c>steps[draft]#2</c> is the second of that name.</param>
/// <param name="Found">What is there.</param>
/// <param name="Expected">What may be there.</param>
/// <param name="NextStep">What to do; null = it is plain.</param>
internal sealed record WorkflowProblem(string Place, string Found, string Expected, string? NextStep = null);
