using System.Collections.Immutable;
using Ripieno.Backlogs;
using Ripieno.Configuration;
using Ripieno.Runs;

namespace Ripieno.Workflows;

/// <summary>The built-in workflow <c>standard</c>: plan, execute and review each task, summary.</summary>
internal static class StandardWorkflow
{
    public const string Name = "standard";

    public static WorkflowDefinition Define(StandardWorkflowOptions options) => throw new NotSupportedException("skeleton");

    /// <summary>What a run of the workflow begins with.</summary>
    public static (ImmutableArray<StepSpec> Steps, ReadOnlyMemory<byte> Input) Begin(WorkflowDefinition workflow, Backlog backlog) =>
        throw new NotSupportedException("skeleton");
}
