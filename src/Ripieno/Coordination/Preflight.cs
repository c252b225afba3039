using Ripieno.Models;
using Ripieno.Workflows;

namespace Ripieno.Coordination;

/// <summary>The look at endpoints and models before a run is accepted, so that nothing is stored that could not even begin.</summary>
internal static class Preflight
{
    /// <summary>Within this time a healthy endpoint on the same network has answered; more would be felt as a hang.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(800);

    /// <summary>
    /// Sentences that say what is missing and what to do ("installed: …; run `ollama pull llama3.2`, or use `--model qwen2.5`"); empty = go on.
    /// A provider passes when one of its endpoints is reachable and has the model.
    /// </summary>
    public static Task<IReadOnlyList<string>> CheckAsync(
        RunSnapshot snapshot,
        IReadOnlyList<Endpoint> endpoints,
        IReadOnlyDictionary<string, IModelProvider> providers,
        TimeProvider time,
        CancellationToken cancellation) => throw new NotSupportedException("skeleton");
}
