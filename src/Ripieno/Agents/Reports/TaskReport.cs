using System.Collections.Immutable;
using Ripieno.Agents.Planning;
using Ripieno.Agents.Tasks;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Agents.Reports;

/// <summary>What became of a task.</summary>
/// <param name="Task">As planned.</param>
/// <param name="Group">The step that stands for the task: its first execution and, with it, all rounds.</param>
/// <param name="Rounds">Oldest first.</param>
internal sealed record TaskReport(PlannedTask Task, StepRecord Group, ImmutableArray<RoundReport> Rounds)
{
    public TokenUsage Usage =>
        Rounds.Aggregate(default(TokenUsage), (sum, round) => sum + round.Execution.Usage + (round.ReviewStep?.Usage ?? default));

    public bool Accepted => Group.Status == StepStatus.Succeeded;

    /// <summary>The version that counts: the accepted one, else the newest there is; null before the first.</summary>
    public RoundReport? Version => Accepted
        ? Rounds.FirstOrDefault(round => round.Execution.Index == (Group.Accepted ?? Group.Index))
        : Rounds.LastOrDefault(round => round.Work is not null);

    /// <summary>Where it stands: as its group does, but that a task whose next round was kept from beginning, because the run stopped at a failure elsewhere, has not failed itself.</summary>
    public StepStatus Status
    {
        get
        {
            var members = Rounds.SelectMany(round => new[] { round.ReviewStep, round.Execution }).OfType<StepRecord>().Where(step => step != Group).ToList();
            return Group.Status == StepStatus.Failed && members.Exists(step => step.Status == StepStatus.Skipped) && !members.Exists(step => step.Status is StepStatus.Failed or StepStatus.DeadLettered)
                ? StepStatus.Skipped
                : Group.Status;
        }
    }

    public string Outcome => Status switch
    {
        StepStatus.Succeeded => "accepted",
        StepStatus.Failed => "failed",
        StepStatus.DeadLettered => "dead-lettered",
        StepStatus.Skipped => "skipped",
        StepStatus.Cancelled => "cancelled",
        StepStatus.Running or StepStatus.Expanded => "in progress",
        _ => "waiting",
    };

    /// <summary>Why it failed: what the member that failed says, else the group itself.</summary>
    public string Reason
    {
        get
        {
            var members = Rounds.SelectMany(round => new[] { round.ReviewStep, round.Execution });
            var failed = members.LastOrDefault(step => step is { Status: StepStatus.Failed or StepStatus.DeadLettered, Reason: not null } && step != Group);
            return failed?.Reason ?? Group.Reason ?? "no reason was recorded";
        }
    }

    public static async Task<ImmutableArray<RoundReport>> RoundsAsync(
        IStore store, string runId, string task, IReadOnlyDictionary<string, StepRecord> steps, CancellationToken cancellation)
    {
        var rounds = ImmutableArray.CreateBuilder<RoundReport>();
        while (steps.TryGetValue(StandardWorkflow.ExecutionKey(task, rounds.Count + 1), out var execution))
        {
            var round = rounds.Count + 1;
            var review = steps.GetValueOrDefault(StandardWorkflow.ReviewKey(task, round));
            rounds.Add(new(
                round,
                execution,
                execution.Result is not null ? await store.ResultAsync<Work>(runId, execution.Index, cancellation) : null,
                review,
                review?.Result is not null ? await store.ResultAsync<Review>(runId, review.Index, cancellation) : null));
        }

        return rounds.DrainToImmutable();
    }
}

/// <summary>One execution and its review.</summary>
internal sealed record RoundReport(int Round, StepRecord Execution, Work? Work, StepRecord? ReviewStep, Review? Review)
{
    /// <summary>Null while there is none.</summary>
    public string? Verdict => (Review, ReviewStep?.Status) switch
    {
        ({ Approved: true }, _) => "approved",
        ({ Approved: false }, _) => "sent back",
        (null, StepStatus.Failed or StepStatus.DeadLettered) => "not accepted",
        _ => null,
    };

    /// <summary>The reviewer's words, or why there are none.</summary>
    public string Notes => Review?.Notes ?? ReviewStep?.Reason ?? "";
}
