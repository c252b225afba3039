using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Cli.Runs;

/// <summary>Says how a run stands at the end of a command, in the way asked for.</summary>
internal sealed class RunEnding(Invocation invocation, CommonSettings common)
{
    /// <returns>The exit code that fits the run's status.</returns>
    public async Task<int> WriteAsync(RunSubject subject, RunOverview overview, RunFiles? files, CancellationToken cancellation)
    {
        var tasks = await subject.TasksAsync(overview, cancellation);
        var isWithoutTasks = subject.Banner.Own is null && overview.Run.Status == RunStatus.Failed && tasks.Count == 0;
        var model = new EndModel(overview.Run, subject.Banner, tasks, files?.Summary(invocation.Folder), OffersShow: true, invocation.Time.GetUtcNow())
        {
            FollowUp = invocation.FollowUp,
            Fallbacks = await subject.FallbacksAsync(cancellation),
            PlanFailure = isWithoutTasks ? EndModel.PlanFailureOf(await subject.Coordinator.StepsAsync(subject.RunId, cancellation), tasks) : null,
        };
        Write(model, null, files?.Folder);
        return CodeOf(overview.Run.Status);
    }

    /// <param name="model">The run.</param>
    /// <param name="steps">Its steps, to be shown too; null = not.</param>
    /// <param name="folder">Of its files.</param>
    /// <param name="models">What answered each step, as <c>provider/model</c>, by the step's key.</param>
    public void Write(EndModel model, IReadOnlyList<StepRecord>? steps, string? folder, IReadOnlyDictionary<string, string>? models = null)
    {
        if (common.Json)
        {
            JsonOutput.WriteLine(invocation.Terminal.Out, new RunDocument(
                "result", RunJson.Of(model.Run), model.Banner.Models, model.IsSimulated, [.. model.Tasks.Select(TaskJson.Of)],
                steps is null ? null : [.. steps.Select(step => StepJson.Of(step) with { Model = models?.GetValueOrDefault(step.Key) })], folder)
            {
                Fallbacks = [.. model.Fallbacks.Select(answer => new FallbackJson(answer.Step, answer.Model, answer.Text))],
                Callbacks = model.Callbacks is { } callbacks ? [.. callbacks.Select(CallbackJson.Of)] : null,
            });
        }
        else if (common.Quiet)
        {
            invocation.Terminal.Out.WriteLine(EndView.OneLine(model));
        }
        else
        {
            invocation.Terminal.Console.Write(EndView.Of(model));
            if (steps is not null)
                invocation.Terminal.Console.Write(StepsView.Of(steps, models));
        }
    }

    public static int CodeOf(RunStatus status) => status is RunStatus.Failed or RunStatus.Cancelled ? ExitCode.RunFailed : ExitCode.Done;
}
