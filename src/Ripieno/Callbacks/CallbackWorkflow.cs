using System.Globalization;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Callbacks;

/// <summary>
/// The built-in workflow <c>callback</c>: a run of it tells that another has ended. <c>wait</c> is parked until then and fixes the message, <c>deliver</c> brings it to the receiver. <c>README.md</c> of this
/// folder tells what happens at each crash point.
/// </summary>
internal static class CallbackWorkflow
{
    public const string Name = RunSubmission.Uncounted;

    /// <summary>Keys and definitions of its two steps.</summary>
    public const string Wait = "wait";
    public const string Deliver = "deliver";

    /// <summary>Executors behind them.</summary>
    public const string WaitExecutor = "callback-wait";
    public const string DeliverExecutor = "callback-deliver";

    /// <summary>Callbacks of one run: each is a run of its own, accepted before <c>submit</c> returns.</summary>
    public const int Most = 10;

    /// <summary>A command may take an hour (see the configuration); what is beyond that is a defect.</summary>
    private static readonly TimeSpan DeliverLimit = TimeSpan.FromMinutes(65);

    /// <summary>Any worker can wait.</summary>
    public static StepClass WaitClass { get; } = new(StepClass.DefaultQueue, WaitExecutor);

    /// <summary>What every callback's run is accepted with; the pauses between tries are <see cref="CallbackSchedule"/>'s.</summary>
    public static RunSnapshot Snapshot { get; } = new()
    {
        Workflow = new()
        {
            Name = Name,
            MaxSteps = 2,
            Steps =
            [
                new() { Name = Wait, Executor = WaitExecutor, Work = new() },
                new()
                {
                    Name = Deliver,
                    Executor = DeliverExecutor,
                    DependsOn = [Wait],
                    Work = new(),
                    Retry = RetryPolicy.Default with { MaxAttempts = CallbackSchedule.Tries },
                    TimeLimit = DeliverLimit,
                },
            ],
        },
        Agents = [],
        MaxRevisions = 0,
    };

    /// <summary>Of deliveries: only workers that have the callback ask for it, so that others never see its steps.</summary>
    public static StepClass ClassOf(string callback) => new(StepClass.DefaultQueue, $"callback:{callback}");

    /// <summary>Id of the run that tells of another.</summary>
    /// <param name="runId">The other.</param>
    /// <param name="number">Which of its callbacks, from 1.</param>
    /// <param name="end">Which of its ends, from 1: each retry makes another.</param>
    public static string IdOf(string runId, int number, int end = 1) => string.Create(
        CultureInfo.InvariantCulture, $"{runId}.callback-{number}{(end > 1 ? $".{end}" : "")}");

    /// <summary>Its two steps, which have the same input.</summary>
    public static StepSpec[] Steps(CallbackInput input) =>
    [
        new() { Key = Wait, Definition = Wait, Class = WaitClass, Input = input.Write() },
        new() { Key = Deliver, Definition = Deliver, Class = ClassOf(input.Name), DependsOn = [Wait], Input = input.Write() },
    ];
}
