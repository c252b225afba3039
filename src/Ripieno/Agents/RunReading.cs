using System.Text;
using Ripieno.Storage;

namespace Ripieno.Agents;

/// <summary>Reading what the steps of a run left.</summary>
internal static class RunReading
{
    /// <summary>Steps read at a time: a page is some tens of kilobytes.</summary>
    private const int PageSize = 200;

    extension(IStore store)
    {
        public async Task<ReadOnlyMemory<byte>> ContentAsync(string runId, ContentHash hash, CancellationToken cancellation) =>
            await store.FindContentAsync(runId, hash, cancellation)
            ?? throw new InvalidDataException($"Run '{runId}' has lost the content {hash}.");

        public async Task<TResult> ResultAsync<TResult>(string runId, int stepIndex, CancellationToken cancellation) => RunJson.Read<TResult>(
            await store.FindResultAsync(runId, stepIndex, cancellation) ?? throw new InvalidDataException($"Run '{runId}' has lost the result of step {stepIndex}."));

        public async Task<string> TextAsync(string runId, ContentHash hash, CancellationToken cancellation) =>
            Encoding.UTF8.GetString((await store.ContentAsync(runId, hash, cancellation)).Span);

        public async Task<StepRecord> StepAsync(string runId, string key, CancellationToken cancellation) =>
            await store.FindStepAsync(runId, key, cancellation)
            ?? throw new InvalidDataException($"Run '{runId}' has no step '{key}'.");

        public async Task<IReadOnlyList<StepRecord>> AllStepsAsync(string runId, CancellationToken cancellation)
        {
            var steps = new List<StepRecord>();
            while (true)
            {
                var page = await store.ListStepsAsync(runId, steps.Count == 0 ? -1 : steps[^1].Index, PageSize, cancellation);
                steps.AddRange(page);
                if (page.Count < PageSize)
                    return steps;
            }
        }
    }
}
