using System.Text;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>Everything that can be seen of a store, as text: two stores to which the same happened have the same.</summary>
internal static class StorePicture
{
    private static readonly CancellationToken None = CancellationToken.None;

    public static async Task<string> OfAsync(IStore store)
    {
        await store.SettleAsync(None);
        var picture = new StringBuilder();
        foreach (var run in (await store.ListRunsAsync(null, null, 10_000, None)).OrderBy(run => run.Id, StringComparer.Ordinal))
        {
            picture.AppendLine(run.ToString());
            foreach (var step in await store.ListStepsAsync(run.Id, -1, 10_000, None))
            {
                picture.AppendLine("  " + step);
                if (await store.FindResultAsync(run.Id, step.Index, None) is { } result)
                    picture.AppendLine("  result " + Encoding.UTF8.GetString(result.Span));
            }

            // Which of two steps is skipped first is nobody's promise.
            foreach (var one in (await store.ListEventsAsync(run.Id, 0, 10_000, None)).Select(one => $"  {one.Kind} {one.StepKey} {one.Detail}").Order(StringComparer.Ordinal))
                picture.AppendLine(one);
            foreach (var artifact in await store.ListArtifactsAsync(run.Id, null, None))
                picture.AppendLine($"  {artifact.StepKey} {artifact.Name} {artifact.Hash}");
        }

        foreach (var instance in await store.ListInstancesAsync(None))
            picture.AppendLine(instance.ToString());
        foreach (var figures in await store.ListHourlyAsync(default, DateTimeOffset.MaxValue, None))
            picture.AppendLine(figures.ToString());
        var check = await store.CheckAsync(None);
        return picture.AppendLine($"{check.Pending} pending; {string.Join("; ", check.Problems)}").ToString();
    }
}
