using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Ripieno.Configuration.Shapes;
using Ripieno.Runs;
using Ripieno.Workflows.Composing;
using static Ripieno.Configuration.EffectiveTree;

namespace Ripieno.Configuration;

/// <summary>The user's own workflows as a config file would hold them; what has its default is left out, because a step has many keys and uses few.</summary>
internal static class EffectiveWorkflows
{
    public static IEnumerable<(string Name, JsonNode? Workflow)> Of(ImmutableDictionary<string, WorkflowOptions> workflows) =>
        workflows.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, (JsonNode?)Workflow(pair.Value)));

    public static JsonObject Workflow(WorkflowOptions workflow) => Section(
        ("description", workflow.Description is { Length: > 0 } description ? description : null),
        ("maxSteps", workflow.MaxSteps),
        ("maxParallel", workflow.MaxParallel),
        ("onFailure", WorkflowKeys.FailureName(workflow.StopOnFailure)),
        ("priority", workflow.Priority),
        ("callbacks", workflow.Callbacks.IsEmpty ? null : new JsonArray([.. workflow.Callbacks.Select(callback => JsonValue.Create(callback))])),
        ("steps", Steps(workflow.Steps)));

    private static JsonArray? Steps(ImmutableArray<WorkflowStepOptions> steps) => steps.IsEmpty ? null : new([.. steps.Select(Step)]);

    private static JsonObject Step(WorkflowStepOptions step)
    {
        var defaults = new WorkflowStepOptions { Id = step.Id };
        return Section(
            ("id", step.Id),
            ("agent", step.Agent),
            ("steps", Steps(step.Steps)),
            ("prompt", step.Prompt is { Length: > 0 } prompt ? prompt : null),
            ("input", step.Input.IsEmpty ? null : Section([.. step.Input.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, (JsonNode?)pair.Value))])),
            ("answer", step.Answer switch { null => null, AnswerSchema.Any => AnswerFormatShape.Json, var schema => JsonNode.Parse(schema) }),
            ("file", step.File),
            ("review", step.Review is { } review ? Review(review) : null),
            ("approval", step.Approval is { } approval ? Approval(approval) : null),
            ("forEach", step.ForEach),
            ("itemsDependOn", step.ItemsDependOn),
            ("when", step.When),
            ("dependsOn", step.DependsOn.IsEmpty ? null : new JsonArray([.. step.DependsOn.Select(other => JsonValue.Create(other))])),
            ("trigger", step.Trigger == defaults.Trigger ? null : WorkflowKeys.Triggers[1]),
            ("queue", step.Queue),
            ("priority", step.Priority == defaults.Priority ? null : step.Priority),
            ("retry", step.Retry == defaults.Retry ? null : Retry(step.Retry)),
            ("timeLimit", step.TimeLimit == defaults.TimeLimit ? null : DurationText.Format(step.TimeLimit)));
    }

    private static JsonObject Review(WorkflowReviewOptions review) => Section(
        ("agent", review.Agent), ("prompt", review.Prompt is { Length: > 0 } prompt ? prompt : null), ("maxRevisions", review.MaxRevisions));

    private static JsonObject Approval(WorkflowApprovalOptions approval) => Section(
        ("prompt", approval.Prompt is { Length: > 0 } prompt ? prompt : null),
        ("timeLimit", approval.TimeLimit is { } limit ? DurationText.Format(limit) : null),
        ("default", WorkflowKeys.Decisions[approval.ApprovedByDefault ? 0 : 1]),
        ("onReject", WorkflowKeys.Rejections[approval.RejectedGoesOn ? 1 : 0]));

    private static JsonObject Retry(RetryPolicy retry) => Section(
        ("maxAttempts", retry.MaxAttempts), ("firstDelay", DurationText.Format(retry.FirstDelay)), ("maxDelay", DurationText.Format(retry.MaxDelay)));
}
