using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno;

/// <summary>A run as it stands.</summary>
public sealed record WorkflowRun
{
    /// <summary>Its id: chosen by the caller, or made from date, time and four letters.</summary>
    public required string Id { get; init; }

    /// <summary>One line for people.</summary>
    public required string Title { get; init; }

    /// <summary>Name of the workflow.</summary>
    public required string Workflow { get; init; }

    /// <summary>Whose run it is.</summary>
    public required string Tenant { get; init; }

    /// <summary>Where it is.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>A cancel was acknowledged: nothing of it starts any more.</summary>
    public required bool CancelRequested { get; init; }

    /// <summary>Steps known so far; grows while lists unfold.</summary>
    public required int Steps { get; init; }

    /// <summary>Steps that have not ended.</summary>
    public required int OpenSteps { get; init; }

    /// <summary>Steps that failed.</summary>
    public required int FailedSteps { get; init; }

    /// <summary>Tokens of all model calls so far.</summary>
    public required TokenUsage Usage { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its first step began; null while it waits for a slot.</summary>
    public required DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended; null while it runs.</summary>
    public required DateTimeOffset? FinishedAt { get; init; }

    /// <summary>It has ended, one way or another; only <see cref="AgentCoordinator.RetryAsync"/> opens it again.</summary>
    public bool IsEnded => Status != RunStatus.Running;

    internal static WorkflowRun Of(RunRecord run) => new()
    {
        Id = run.Id,
        Title = run.Title,
        Workflow = run.Workflow,
        Tenant = run.Tenant,
        Status = run.Status,
        CancelRequested = run.CancelRequested,
        Steps = run.Steps,
        OpenSteps = run.OpenSteps,
        FailedSteps = run.FailedSteps,
        Usage = run.Usage,
        CreatedAt = run.CreatedAt,
        StartedAt = run.StartedAt,
        FinishedAt = run.FinishedAt,
    };
}
