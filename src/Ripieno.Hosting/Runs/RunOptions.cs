namespace Ripieno;

/// <summary>How a run is served, besides what it does.</summary>
public sealed record RunOptions
{
    /// <summary>One line for lists of runs; null = made from the backlog or the input.</summary>
    public string? Title { get; init; }

    /// <summary>Whose run it is: the unit of fair share. Default <c>default</c>.</summary>
    public string Tenant { get; init; } = "default";

    /// <summary>Queue of the steps whose agents name none; workers whose config names it in <c>runtime.queues</c> serve it. Null = <c>default</c>.</summary>
    public string? Queue { get; init; }

    /// <summary>
    /// Pins the run to the next of the live workers in turn, and frees it for all when that one is lost. False, the default: whoever has a free slot takes the next step, so nothing waits for a worker that is slow.
    /// For runs that are submitted.
    /// </summary>
    public bool RoundRobin { get; init; }

    /// <summary>Higher runs go first; null = the workflow's own, which is 0 unless it says another.</summary>
    public int? Priority { get; init; }

    /// <summary>
    /// Looks first whether the endpoints and models that the run needs are there, so that nothing is accepted that could not even begin; takes up to 0.8 s. Turn it off where a program submits runs for workers
    /// that reach servers which it does not.
    /// </summary>
    public bool CheckEndpoints { get; init; } = true;

    /// <summary>
    /// Who is told that a submitted run has ended: names of the config's <c>callbacks</c>, or addresses below one that allows it; those that the workflow names come to them. Whoever executes a run itself sees its
    /// end, so nobody else is told.
    /// </summary>
    public IReadOnlyList<string> Callbacks { get; init; } = [];
}
