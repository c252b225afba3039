using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Agents;

/// <summary>What an executor gets.</summary>
internal sealed record StepContext
{
    public required ClaimedStep Step { get; init; }

    public required RunSnapshot Snapshot { get; init; }

    public required StepDefinition Definition { get; init; }

    /// <summary>For reading inputs, dependencies and artifacts. Reports go through the worker only.</summary>
    public required IStore Store { get; init; }

    /// <summary>What the slot shows to people.</summary>
    public required StepActivity Activity { get; init; }

    public string RunId => Step.Lease.RunId;
}
