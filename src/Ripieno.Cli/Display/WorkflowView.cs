using Ripieno.Configuration;
using Ripieno.Runs;
using Ripieno.Workflows;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ripieno.Cli.Display;

/// <summary>A workflow as a drawing: its steps in the order in which they can be done, each with what it waits for, groups with what is in them.</summary>
internal static class WorkflowView
{
    public static IRenderable Of(WorkflowDefinition workflow, WorkflowOptions options)
    {
        var head = new StyledLine().Add($"workflow {workflow.Name}", Look.Strong).Add(options.Description.Length > 0 ? $"  {SafeText.Of(options.Description, longest: 200)}" : "", Look.Quiet);
        if (workflow.StopOnFailure)
            head.Add("  stops at the first failure", Look.Warn);
        var tree = new Tree(head)
        {
            Style = Look.Quiet,
        };
        Add(tree, workflow, group: null);
        return tree;
    }

    private static void Add(IHasTreeNodes node, WorkflowDefinition workflow, string? group)
    {
        foreach (var step in InOrder(workflow, group))
        {
            var list = step.Work!.Body is { } body ? workflow.Step(body) : null;
            var added = node.AddNode(Line(workflow, step, list ?? step));
            if ((list ?? step).Work!.IsGroup && !workflow.StepsIn((list ?? step).Name).Any(member => member.Work!.Approval is not null))
                Add(added, workflow, (list ?? step).Name);
        }
    }

    private static StyledLine Line(WorkflowDefinition workflow, StepDefinition step, StepDefinition done)
    {
        var work = step.Work!;
        var line = new StyledLine().Add(step.Id, Look.Busy);
        if (workflow.StepsIn(done.Name).FirstOrDefault(member => member.Work!.Approval is not null)?.Work!.Approval is { } approval)
            line.Add("  approval by people", Look.Warn).Add(approval.TimeLimit is { } limit ? $", {(approval.ApprovedByDefault ? "approved" : "rejected")} after {TimeText.Of(limit)}" : "", Look.Quiet);
        if (done.Agent is not null)
            line.Add($"  {done.Agent}");
        if (done.Work!.Review is { } review)
            line.Add($" ⇄ {workflow.Step(review.Definition).Agent}, at most {TimeText.Count(review.MaxRevisions, "revision")}");
        if (work.ForEach is not null)
            line.Add($"  for each of {work.ForEach}", Look.Warn);
        if ((work.When ?? done.Work.When) is { } when)
            line.Add($"  when {SafeText.Of(when, longest: 100)}", Look.Warn);
        if (step.DependsOn.Length > 0)
            line.Add($"  ← {string.Join(", ", step.DependsOn.Select(name => workflow.Step(name).Id))}", Look.Quiet);
        if (step.Trigger == Trigger.AllDone)
            line.Add(" in any case", Look.Quiet);
        return done.Work.File is { } file ? line.Add($"  → {SafeText.Of(file, longest: 60)}", Look.Good) : line;
    }

    /// <summary>Those first that others wait for; else as they are written.</summary>
    private static IEnumerable<StepDefinition> InOrder(WorkflowDefinition workflow, string? group)
    {
        var left = workflow.StepsIn(group).ToList();
        while (left.Count > 0)
        {
            // A composed workflow has no circles; the first stands for all if one had.
            var next = left.Find(step => !left.Exists(other => step.DependsOn.Contains(other.Name))) ?? left[0];
            left.Remove(next);
            yield return next;
        }
    }
}
