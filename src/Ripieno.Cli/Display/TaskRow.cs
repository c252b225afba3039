using Ripieno.Runs;

namespace Ripieno.Cli.Display;

/// <summary>What became of one task so far.</summary>
/// <param name="Id">Its id in the plan.</param>
/// <param name="Title">One line; the id when the plan is not known.</param>
/// <param name="Verdict">Where it stands.</param>
/// <param name="Rounds">Executions begun; when accepted, the round that was.</param>
/// <param name="Phase">What is going on now: <c>execute</c> or <c>review</c>; null when nothing is.</param>
/// <param name="Reason">Why it failed, was skipped, or waits.</param>
/// <param name="Usage">Tokens of all its steps.</param>
/// <param name="Time">From its first claim to its end, or until now.</param>
internal sealed record TaskRow(
    string Id, string Title, TaskVerdict Verdict, int Rounds, string? Phase, string? Reason, TokenUsage Usage, TimeSpan? Time)
{
    /// <summary>The phase of what waits for people.</summary>
    public const string Approval = "approval";
}

internal enum TaskVerdict
{
    /// <summary>Not begun.</summary>
    Queued,

    /// <summary>Begun, not finished.</summary>
    Working,

    /// <summary>Put aside until a time.</summary>
    Waiting,

    Accepted,

    Failed,

    Skipped,

    Cancelled,

    /// <summary>Of a user's workflow: its condition did not hold.</summary>
    LeftOut,

    /// <summary>Of a user's workflow: people said no, and it went on with that.</summary>
    Rejected,
}
