namespace Ripieno.Models;

/// <summary>Which model a call goes to, and its options; part of a run's snapshot.</summary>
/// <param name="Provider">Provider kind.</param>
/// <param name="Model">Model name as the provider knows it.</param>
/// <param name="Context">Context window in tokens (Ollama's <c>num_ctx</c>); also what prompts are fitted into.</param>
/// <param name="Temperature">Sampling temperature.</param>
/// <param name="Parallel">False when a request for the model must be alone on its endpoint.</param>
/// <param name="Seed">Of made-up answers, so that a resumed run goes on as it began; null for real models.</param>
/// <param name="Deployment">Name by which Azure is asked for the model; null = the model's.</param>
/// <param name="Fallback">Which is asked when this one cannot be had; it may have one of its own.</param>
internal sealed record ModelChoice(
    string Provider, string Model, int Context, double Temperature, bool Parallel, int? Seed = null, string? Deployment = null, ModelChoice? Fallback = null)
{
    /// <summary>How it is called in events, figures and logs: <c>provider/model</c>.</summary>
    public string Name => $"{Provider}/{Model}";

    /// <summary>Itself, then those that are asked in its place, in order.</summary>
    public IEnumerable<ModelChoice> Chain
    {
        get
        {
            for (var choice = this; choice is not null; choice = choice.Fallback)
                yield return choice;
        }
    }
}
