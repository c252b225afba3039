using System.Collections.Immutable;
using System.Text;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Agents.Reports;

/// <summary>Writes what became of the run, by code: a summary must not cost tokens or invent anything.</summary>
internal sealed class SummarizeStepExecutor : IStepExecutor
{
    private const int EventPage = 500;

    public string Name => StandardWorkflow.Summarize;

    public async Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
    {
        context.Activity.Show("writing the summary");
        var report = await RunReport.ReadAsync(context.Store, context.RunId, cancellation);
        if (context.Snapshot.Agents.Any(agent => agent.Model.Fallback is not null))
            report = report with { Fallbacks = await FallbacksAsync(context, cancellation) };
        return new()
        {
            Artifacts =
            [
                new(SummaryMarkdown.FileName, Encoding.UTF8.GetBytes(SummaryMarkdown.Write(report))),
                new(ReviewNotesMarkdown.FileName, Encoding.UTF8.GetBytes(ReviewNotesMarkdown.Write(report))),
            ],
        };
    }

    private static async Task<ImmutableArray<(string Step, string Text)>> FallbacksAsync(StepContext context, CancellationToken cancellation)
    {
        var fallbacks = ImmutableArray.CreateBuilder<(string, string)>();
        for (var after = 0L; ;)
        {
            var page = await context.Store.ListEventsAsync(context.RunId, after, EventPage, cancellation);
            foreach (var happened in page.Where(one => one.Kind == RunEventKind.FallbackAnswered))
                fallbacks.Add((happened.StepKey ?? "", happened.Detail ?? ""));
            if (page.Count < EventPage)
                return fallbacks.DrainToImmutable();
            after = page[^1].Number;
        }
    }
}
