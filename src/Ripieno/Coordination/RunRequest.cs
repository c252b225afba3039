using Ripieno.Backlogs;
using Ripieno.Runs;
using Ripieno.Workflows;

namespace Ripieno.Coordination;

/// <summary>What a caller asks for: the standard workflow over a backlog, or a workflow of the user's own with an input.</summary>
internal sealed record RunRequest
{
    /// <summary>What the standard workflow works off; null for any other.</summary>
    public Backlog? Backlog { get; init; }

    /// <summary>UTF-8 JSON that a user's own workflow works on; empty = none.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>One line for lists of runs; null = the backlog's title, or the workflow's name.</summary>
    public string? Title { get; init; }

    public required RunSnapshot Snapshot { get; init; }

    /// <summary>
    /// Chosen by the caller: letters, digits, <c>-</c>, <c>_</c>, <c>.</c>, at most 100; the same id and the same backlog and settings are the same run.
    /// Null = one is made from date and time and four random letters.
    /// </summary>
    public string? Id { get; init; }

    public string Tenant { get; init; } = "default";

    /// <summary>Queue of the steps whose agents name none, in place of <see cref="StepClass.DefaultQueue"/>; null = that one.</summary>
    public string? Queue { get; init; }

    /// <summary>Who may execute those steps.</summary>
    public RunSpread Spread { get; init; } = RunSpread.Pull;

    /// <summary>Higher runs go first. 0 is normal.</summary>
    public int Priority { get; init; }

    /// <summary>
    /// Share of the tenant, as <see cref="Storage.RunSubmission.TenantWeight"/>. Like <see cref="MaxDeathsAlone"/> it says how the run is served, not what it is: the
    /// same run with another value is still the same run.
    /// </summary>
    public int TenantWeight { get; init; } = 1;

    /// <summary>Quota of the tenant, as <see cref="Storage.RunSubmission.TenantMaxQueued"/>; asked when the run is accepted, and never again.</summary>
    public int? TenantMaxQueued { get; init; }

    /// <summary>As <see cref="Storage.RunSubmission.MaxDeathsAlone"/>.</summary>
    public int MaxDeathsAlone { get; init; } = 2;
}

/// <summary>An accepted run.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Existing">True when the same run had been accepted before.</param>
/// <param name="Instance">The instance that it is pinned to; null = whichever comes first.</param>
internal sealed record RunReceipt(string Id, bool Existing, string? Instance = null);

/// <summary>How runs are distributed over instances.</summary>
internal enum RunSpread
{
    /// <summary>Whoever has a free slot takes the next step: the fastest take most, and nothing waits behind one that is busy.</summary>
    Pull,

    /// <summary>Each run is pinned to the next of the live instances in turn, and is free for all when that one is lost.</summary>
    RoundRobin,
}
