using System.Collections.Immutable;
using System.Globalization;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Drills;

/// <summary>
/// The built-in workflow <c>drill</c>: steps that do nothing but last. They are on a queue that no configuration can name for its agents' work, and their executor is one that only a drill's workers have: no other
/// worker takes them, and those take nothing else.
/// </summary>
internal static class DrillWorkflow
{
    public const string Name = "drill";

    private const string Step = "work";

    public static StepClass Class { get; } = new("drill", DrillStepExecutor.ExecutorName);

    /// <param name="runId">Id of the run.</param>
    /// <param name="title">For people who list runs meanwhile.</param>
    /// <param name="steps">How many; none waits for another.</param>
    public static RunSubmission Submission(string runId, string title, int steps) => new()
    {
        Id = runId,
        Fingerprint = ContentHash.Of(System.Text.Encoding.UTF8.GetBytes(runId)),
        Title = title,
        Workflow = Name,
        // A run that is killed on purpose shows nothing about its steps.
        MaxDeathsAlone = 100,
        Snapshot = RunSnapshots.Write(Snapshot(steps)),
        Steps = [.. Enumerable.Range(1, steps).Select(number => new StepSpec { Key = KeyOf(number), Definition = Step, Class = Class })],
    };

    private static string KeyOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{Step}-{number}");

    private static RunSnapshot Snapshot(int steps) => new()
    {
        Workflow = new()
        {
            Name = Name,
            MaxSteps = steps,
            Steps = [new() { Name = Step, Executor = DrillStepExecutor.ExecutorName, Queue = Class.Queue, Work = new() }],
        },
        Agents = ImmutableArray<AgentSnapshot>.Empty,
        MaxRevisions = 0,
    };
}
