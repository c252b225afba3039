using System.Text;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Agents.Reports;

/// <summary>Writes what became of the run, by code: a summary must not cost tokens or invent anything.</summary>
internal sealed class SummarizeStepExecutor : IStepExecutor
{
    public string Name => StandardWorkflow.Summarize;

    public async Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
    {
        context.Activity.Show("writing the summary");
        var report = await RunReport.ReadAsync(context.Store, context.RunId, cancellation);
        return new()
        {
            Artifacts =
            [
                new(SummaryMarkdown.FileName, Encoding.UTF8.GetBytes(SummaryMarkdown.Write(report))),
                new(ReviewNotesMarkdown.FileName, Encoding.UTF8.GetBytes(ReviewNotesMarkdown.Write(report))),
            ],
        };
    }
}
