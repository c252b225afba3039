using System.Collections.Immutable;
using Ripieno.Runs;

namespace Ripieno.Workflows;

/// <summary>Steps of a user's workflow as the store adds them.</summary>
internal static class StepSpecs
{
    /// <summary>The steps of a group, or of the top (null).</summary>
    /// <param name="workflow">The workflow.</param>
    /// <param name="group">Definition of the group.</param>
    /// <param name="input">What they are begun with; their keys begin with its innermost scope.</param>
    public static ImmutableArray<StepSpec> In(WorkflowDefinition workflow, string? group, StepInput input)
    {
        var prefix = input.Scopes[^1];
        return
        [
            .. workflow.StepsIn(group).Select(step => Of(step, prefix + step.Id, input, [.. step.DependsOn.Select(name => prefix + workflow.Step(name).Id)]) with { Trigger = step.Trigger }),
        ];
    }

    public static StepSpec Of(StepDefinition definition, string key, StepInput input, ImmutableArray<string> dependsOn) => new()
    {
        Key = key,
        Definition = definition.Name,
        Class = definition.Class,
        DependsOn = dependsOn,
        // Work begun is finished before more is begun.
        Priority = definition.Priority + (input.Round > 1 ? 1 : 0),
        Input = input == StepInput.Top ? default : input.Write(),
    };
}
