using Ripieno.Configuration;
using Ripieno.Coordination;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Cli.Display;

/// <summary>A step that another model answered than the one chosen.</summary>
/// <param name="Step">Its key.</param>
/// <param name="Model">Which answered, as <c>provider/model</c>.</param>
/// <param name="Text">The whole story: which, instead of which, and why.</param>
internal sealed record FallbackAnswer(string Step, string Model, string Text)
{
    public bool IsSimulated => Model.StartsWith(ProviderKind.Simulated + "/", StringComparison.Ordinal);

    /// <summary>Null for an event of another kind.</summary>
    public static FallbackAnswer? Of(RunEvent happened) => happened is { Kind: RunEventKind.FallbackAnswered, StepKey: { } step, Detail: { } text }
        ? new(step, text.Split(" instead of ", 2)[0], text)
        : null;

    /// <summary>All of a run, the latest of each step; costs nothing for a run without fallbacks.</summary>
    public static async Task<IReadOnlyList<FallbackAnswer>> ListAsync(RunCoordinator coordinator, string runId, RunSnapshot snapshot, CancellationToken cancellation)
    {
        if (snapshot.Agents.All(agent => agent.Model.Fallback is null))
            return [];
        var answers = new Dictionary<string, FallbackAnswer>(StringComparer.Ordinal);
        await foreach (var happened in coordinator.EventsAsync(runId, after: 0, follow: false, cancellation))
        {
            if (Of(happened) is { } answer)
                answers[answer.Step] = answer;
        }

        return [.. answers.Values];
    }
}
