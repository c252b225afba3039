using System.IO.Enumeration;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Workers;

/// <summary>Names runs by patterns of their ids, in which <c>*</c> stands for any characters and <c>?</c> for one.</summary>
internal sealed class RunPatterns(IReadOnlyList<string> patterns)
{
    private const int Page = 500;

    public IReadOnlyList<string> Patterns => patterns;

    public bool Matches(string runId) => patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, runId, ignoreCase: false));

    /// <summary>Runs of these names that have not ended, oldest first.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(IStore store, CancellationToken cancellation)
    {
        var found = new List<string>();
        string? before = null;
        while (await store.ListRunsAsync(RunStatus.Running, before, Page, cancellation) is { Count: > 0 } page)
        {
            found.AddRange(page.Select(run => run.Id).Where(Matches));
            before = page[^1].Id;
        }

        found.Reverse();
        return found;
    }
}
