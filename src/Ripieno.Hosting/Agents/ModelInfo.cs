namespace Ripieno;

/// <summary>A model that calls go to.</summary>
/// <param name="Provider">Such as <c>ollama</c>; <c>code</c> for an agent that is code and answers prompts.</param>
/// <param name="Model">As the provider calls it; of code the agent's id.</param>
public sealed record ModelInfo(string Provider, string Model);
