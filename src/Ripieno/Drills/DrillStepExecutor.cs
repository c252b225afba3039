using System.Text;
using Ripieno.Agents;
using Ripieno.Storage;

namespace Ripieno.Drills;

/// <summary>Work that needs no model: it lasts for half a second and leaves its step's key as the result.</summary>
internal sealed class DrillStepExecutor(TimeProvider time) : IStepExecutor
{
    public const string ExecutorName = "drill";

    /// <summary>Long enough that a kill finds steps under way, short enough that a survivor has a free slot soon.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMilliseconds(500);

    public string Name => ExecutorName;

    public async Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
    {
        context.Activity.Show("drilling");
        await Task.Delay(Length, time, cancellation);
        return new() { Result = Encoding.UTF8.GetBytes($"\"{context.Step.Key}\"") };
    }
}
