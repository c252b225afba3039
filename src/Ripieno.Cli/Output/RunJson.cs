using Ripieno.Agents.Custom;
using Ripieno.Callbacks;
using Ripieno.Cli.Display;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Cli.Output;

// The shapes that --json writes. They are part of the product's interface: members are added, never renamed or removed. README.md lists them.

internal sealed record RunJson
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    public required string Workflow { get; init; }

    public required string Tenant { get; init; }

    public required int Priority { get; init; }

    public required RunStatus Status { get; init; }

    public required bool CancelRequested { get; init; }

    public required StepTotalsJson Steps { get; init; }

    public required TokensJson Tokens { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset? StartedAt { get; init; }

    public required DateTimeOffset? FinishedAt { get; init; }

    public static RunJson Of(RunRecord run) => new()
    {
        Id = run.Id,
        Title = run.Title,
        Workflow = run.Workflow,
        Tenant = run.Tenant,
        Priority = run.Priority,
        Status = run.Status,
        CancelRequested = run.CancelRequested,
        Steps = new(run.Steps, run.OpenSteps, run.FailedSteps),
        Tokens = TokensJson.Of(run.Usage),
        CreatedAt = run.CreatedAt,
        StartedAt = run.StartedAt,
        FinishedAt = run.FinishedAt,
    };
}

internal sealed record StepTotalsJson(int Total, int Open, int Failed);

internal sealed record TokensJson(long Input, long Output)
{
    public static TokensJson Of(TokenUsage usage) => new(usage.Input, usage.Output);
}

/// <param name="Id">Its id.</param>
/// <param name="Title">One line.</param>
/// <param name="Verdict">Where it stands; null = it is done, and nobody was to review it.</param>
/// <param name="Rounds">Executions begun; when accepted, the round that was. 0 = it is not reviewed.</param>
/// <param name="Phase">What is going on now.</param>
/// <param name="Reason">Why it failed, was skipped or rejected, or waits.</param>
/// <param name="Tokens">Of all its steps.</param>
/// <param name="Seconds">From its first claim to its end, or until now.</param>
internal sealed record TaskJson(string Id, string Title, TaskVerdict? Verdict, int Rounds, string? Phase, string? Reason, TokensJson Tokens, double? Seconds)
{
    public static TaskJson Of(TaskRow task) =>
        new(task.Id, task.Title, task is { Verdict: TaskVerdict.Accepted, Rounds: 0 } ? null : task.Verdict, task.Rounds, task.Phase, task.Reason, TokensJson.Of(task.Usage), task.Time?.TotalSeconds);
}

/// <summary>A callback of a run.</summary>
/// <param name="Callback">Its name, or the address asked for.</param>
/// <param name="Run">The run that tells.</param>
/// <param name="Status">Where it is.</param>
/// <param name="Detail">What the receiver said, or what is waited for.</param>
/// <param name="Tries">Deliveries tried.</param>
/// <param name="At">When it was delivered or failed, or when the next try comes.</param>
internal sealed record CallbackJson(string Callback, string Run, CallbackStatus Status, string? Detail, int Tries, DateTimeOffset? At)
{
    public static CallbackJson Of(CallbackState state) => new(state.Callback, state.Run, state.Status, state.Detail, state.Tries, state.At);
}

internal sealed record StepJson
{
    public required string Key { get; init; }

    public required string Definition { get; init; }

    public required StepStatus Status { get; init; }

    public required int Generation { get; init; }

    public required int FailedAttempts { get; init; }

    public required long Executions { get; init; }

    public required int Deaths { get; init; }

    public required string? Reason { get; init; }

    public required string? Instance { get; init; }

    public required TokensJson Tokens { get; init; }

    public required DateTimeOffset? StartedAt { get; init; }

    public required DateTimeOffset? FinishedAt { get; init; }

    public required DateTimeOffset? DueAt { get; init; }

    public required int DeathsAlone { get; init; }

    /// <summary>Succeeded by doing nothing: its condition did not hold.</summary>
    public required bool LeftOut { get; init; }

    /// <summary>What answered it, as <c>provider/model</c>; null when none did yet, or where it is not told.</summary>
    public string? Model { get; init; }

    public static StepJson Of(StepRecord step) => new()
    {
        Key = step.Key,
        Definition = step.Definition,
        Status = step.Status,
        Generation = step.Generation,
        FailedAttempts = step.FailedAttempts,
        Executions = step.Epoch,
        Deaths = step.Deaths,
        Reason = step.Reason,
        Instance = step.Instance,
        Tokens = TokensJson.Of(step.Usage),
        StartedAt = step.StartedAt,
        FinishedAt = step.FinishedAt,
        DueAt = step.DueAt,
        DeathsAlone = step.DeathsAlone,
        LeftOut = step.Result == StepOutcome.SkippedHash,
    };
}
