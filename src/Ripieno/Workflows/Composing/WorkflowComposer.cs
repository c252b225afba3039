using System.Collections.Immutable;
using Ripieno.Callbacks;
using Ripieno.Configuration;
using Ripieno.Runs;
using Ripieno.Workflows.Expressions;

namespace Ripieno.Workflows.Composing;

/// <summary>
/// Makes the definition of a workflow from what its user wrote, and finds all that is wrong with it: names, circles, texts that mention what cannot be there. A step waits for what it mentions; a
/// step inside of a group that mentions one outside makes the group wait.
/// </summary>
internal sealed partial class WorkflowComposer
{
    /// <summary>Executors of all steps of users' workflows, see the folder <c>Agents/Custom</c>.</summary>
    public const string Agent = "agent";
    public const string Review = "agent-review";
    public const string Expand = "expand";

    /// <summary>A step that no worker executes, because people decide it; and the one beside it that decides when its time is over. Also the last parts of their keys.</summary>
    public const string Approval = "approval";
    public const string ApprovalTimer = "approval-timer";

    /// <summary>The run's input, in texts.</summary>
    public const string Input = "input";

    /// <summary>The item of the list that a step is done for, and its place from 1.</summary>
    public const string Item = "item";
    public const string Index = "index";

    /// <summary>Words that texts and conditions have a meaning for.</summary>
    private static readonly ImmutableArray<string> Reserved = [Input, Item, Index, "and", "or", "not", "contains", "true", "false", "null"];

    private readonly IReadOnlyDictionary<string, AgentOptions> _agents;
    private readonly List<WorkflowProblem> _problems = [];
    private readonly List<StepDefinition> _definitions = [];

    /// <summary>Said when there is nothing worse to say: a half-written step has other faults first.</summary>
    private readonly List<WorkflowProblem> _idle = [];

    private WorkflowComposer(IEnumerable<AgentOptions> agents) =>
        _agents = agents.DistinctBy(agent => agent.Id).ToDictionary(agent => agent.Id, StringComparer.Ordinal);

    /// <param name="name">The workflow's.</param>
    /// <param name="options">What its user wrote.</param>
    /// <param name="agents">Those that there are.</param>
    /// <param name="problems">All that is wrong; empty = the definition may be used.</param>
    public static WorkflowDefinition Compose(string name, WorkflowOptions options, IEnumerable<AgentOptions> agents, out IReadOnlyList<WorkflowProblem> problems)
    {
        var composer = new WorkflowComposer(agents);
        if (name is StandardWorkflow.Name or CallbackWorkflow.Name)
            composer._problems.Add(new("", "the name of a built-in workflow", "another name"));
        else if (!ConfigurationTexts.Name.Accepts(name))
            composer._problems.Add(new("", "a name that workflows may not have", ConfigurationTexts.Name.Says));
        if (options.Steps.IsEmpty)
            composer._problems.Add(new("steps", "no steps", "a list of at least one"));
        composer.AddAll(new(null, null, null, options.Steps), options.Steps, "steps");
        problems = composer._problems.Count > 0 ? composer._problems : composer._idle;
        return new()
        {
            Name = name,
            MaxSteps = options.MaxSteps,
            MaxParallel = options.MaxParallel,
            StopOnFailure = options.StopOnFailure,
            Priority = options.Priority,
            Steps = [.. composer._definitions],
        };
    }

    /// <summary>What the steps are called that a list makes of a step.</summary>
    public static string BodyOf(string list) => list + "[]";

    private void AddAll(StepScope scope, ImmutableArray<WorkflowStepOptions> steps, string list)
    {
        var places = steps.Select(step => $"{list}[{step.Id}]").ToList();
        for (var i = 0; i < steps.Length; i++)
            CheckShape(scope, steps, i, places[i]);

        // Inside out: what a group's steps mention outside of it is known before the group itself is made.
        var inner = new List<(WorkflowStepOptions Step, StepScope Scope, string Place)>();
        for (var i = 0; i < steps.Length; i++)
        {
            Mentions(scope, steps[i], places[i]);
            if (!steps[i].Steps.IsEmpty)
            {
                var group = steps[i].ForEach is null ? scope.NameOf(steps[i].Id) : BodyOf(scope.NameOf(steps[i].Id));
                inner.Add((steps[i], new(scope, steps[i], group, steps[i].Steps), places[i]));
            }
        }

        var before = _definitions.Count;
        foreach (var (step, own, place) in inner)
            AddAll(own, step.Steps, $"{place}.steps");
        var added = _definitions[before..];
        _definitions.RemoveRange(before, added.Count);

        if (scope.Circle() is { } circle)
            _problems.Add(new($"{list}[{circle[0]}]", $"a circle: {string.Join(" → ", circle)}", "steps that do not wait for each other"));
        foreach (var step in steps.DistinctBy(step => step.Id))
        {
            Define(scope, step);
            var name = scope.NameOf(step.Id);
            _definitions.AddRange(added.Where(one => one.Name.StartsWith(name + "/", StringComparison.Ordinal) || one.Name.StartsWith(BodyOf(name) + "/", StringComparison.Ordinal)));
        }
    }

    private void Define(StepScope scope, WorkflowStepOptions step)
    {
        var name = scope.NameOf(step.Id);
        var queue = step.Queue ?? _agents.GetValueOrDefault(step.Agent ?? "")?.Queue ?? new AgentOptions { Id = "" }.Queue;
        var perItem = step.ForEach is not null && MentionsItem(step.When);
        var work = new StepWork
        {
            Parent = scope.Definition,
            When = perItem || step.ForEach is null ? step.When : null,
            IsGroup = step.Agent is null,
            Prompt = step.Approval?.Prompt ?? step.Prompt,
            Input = [.. step.Input.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new NamedText(pair.Key, pair.Value))],
            Answer = step.Answer,
            File = step.File,
            Review = step.Review is { } review ? new($"{name}:review", review.MaxRevisions) : null,
        };
        var definition = new StepDefinition
        {
            Name = name,
            Executor = step.Agent is null ? Expand : Agent,
            Agent = step.Agent,
            Queue = queue,
            DependsOn = [.. scope.Waits[step.Id].Select(scope.NameOf)],
            Trigger = step.Trigger,
            Template = scope.Definition is not null,
            Priority = step.Priority,
            Retry = step.Retry,
            TimeLimit = step.TimeLimit,
            Work = work,
        };
        if (step.ForEach is { } list)
        {
            var body = BodyOf(name);
            _definitions.Add(definition with
            {
                Executor = Expand,
                Agent = null,
                Work = new() { Parent = scope.Definition, When = perItem ? null : step.When, ForEach = list, Body = body, ItemsDependOn = step.ItemsDependOn },
            });
            _definitions.Add(definition with { Name = body, DependsOn = [], Trigger = Trigger.AllSucceeded, Template = true });
        }
        else
        {
            _definitions.Add(definition);
        }

        if (step.Approval is { } approval)
            AddApproval(definition, _definitions[^1].Name, new(approval.TimeLimit, approval.ApprovedByDefault, approval.RejectedGoesOn));
        if (step.Review is { } reviewer)
        {
            _definitions.Add(definition with
            {
                Name = $"{name}:review",
                Executor = Review,
                Agent = reviewer.Agent,
                Queue = step.Queue ?? _agents.GetValueOrDefault(reviewer.Agent)?.Queue ?? queue,
                DependsOn = [],
                Trigger = Trigger.AllSucceeded,
                Template = true,
                Work = new() { Parent = scope.Definition, Prompt = reviewer.Prompt, Review = work.Review },
            });
        }
    }

    private void AddApproval(StepDefinition definition, string group, StepApproval approval)
    {
        var decision = definition with
        {
            Name = $"{group}/{Approval}",
            Executor = Approval,
            DependsOn = [],
            Trigger = Trigger.AllSucceeded,
            Template = true,
            Work = new() { Parent = group, Approval = approval },
        };
        _definitions.Add(decision);
        if (approval.TimeLimit is not null)
            _definitions.Add(decision with { Name = $"{group}/{ApprovalTimer}", Executor = ApprovalTimer });
    }

    private static bool MentionsItem(string? when) =>
        when is not null && ConditionParser.TryParse(when, out _) is { } condition && condition.Paths.Any(path => path.Root is Item or Index);
}
