using System.Collections.Immutable;
using Ripieno.Agents.Artifacts;
using Ripieno.Agents.Prompts;
using Ripieno.Agents.Reports;
using Ripieno.Configuration;
using Ripieno.Documents;
using Ripieno.Runs;
using Ripieno.Workflows.Expressions;

namespace Ripieno.Workflows.Composing;

/// <summary>
/// Makes the definition of a workflow from what its user wrote, and finds all that is wrong with it: names, circles, texts that mention what cannot be there. A step waits for what it mentions; a
/// step inside of a group that mentions one outside makes the group wait.
/// </summary>
internal sealed class WorkflowComposer
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
        if (name == StandardWorkflow.Name)
            composer._problems.Add(new("", "the name of the built-in workflow", "another name"));
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
            Priority = options.Priority,
            Steps = [.. composer._definitions],
        };
    }

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
                var group = scope.NameOf(steps[i].Id) + (steps[i].ForEach is null ? "" : "[]");
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
            _definitions.AddRange(added.Where(one => one.Name.StartsWith(name + "/", StringComparison.Ordinal) || one.Name.StartsWith(name + "[]/", StringComparison.Ordinal)));
        }
    }

    private void CheckShape(StepScope scope, ImmutableArray<WorkflowStepOptions> steps, int at, string place)
    {
        var step = steps[at];
        if (!ConfigurationTexts.StepIdPattern().IsMatch(step.Id))
            _problems.Add(new($"{place}.id", $"\"{Short(step.Id)}\"", ConfigurationTexts.StepId.Says));
        if (Reserved.Contains(step.Id))
            _problems.Add(new($"{place}.id", $"the word \"{step.Id}\", which texts use for something else", "another id"));
        if (steps.Take(at).Any(other => other.Id == step.Id))
            _problems.Add(new($"{ConfigurationOrigins.Again(place, 2)}.id", $"the id \"{step.Id}\" a second time", "each id once among the steps beside it", "Rename one of the two."));
        string[] kinds = [.. step.Agent is null ? [] : new[] { "\"agent\"" }, .. step.Steps.IsEmpty ? [] : new[] { "\"steps\"" }, .. step.Approval is null ? [] : new[] { "\"approval\"" }];
        if (kinds.Length != 1)
            _problems.Add(new(place, kinds.Length == 0 ? "neither \"agent\" nor \"steps\" nor \"approval\"" : $"both {string.Join(" and ", kinds)}", "\"agent\" for work, \"steps\" for a group, or \"approval\" for a decision"));
        CheckAgent(step.Agent, $"{place}.agent");
        CheckAgent(step.Review?.Agent, $"{place}.review.agent");
        if (step.Agent is null && kinds.Length == 1)
        {
            foreach (var (key, given) in new[] { ("prompt", step.Prompt.Length > 0), ("input", !step.Input.IsEmpty), ("answer", step.Answer is not null), ("file", step.File is not null), ("review", step.Review is not null) })
            {
                if (given)
                    _problems.Add(new($"{place}.{key}", $"\"{key}\" of {(step.Approval is null ? "a group" : "an approval")}", "this key only where there is an \"agent\"", step.Approval is null ? "Move it to one of the group's steps." : null));
            }
        }

        if (step.File is { } file && TextTemplate.TryParse(file, out _) is { } fileName && !fileName.Paths.Any() && FileProblem(scope, file) is { } bad)
            _problems.Add(new($"{place}.file", $"\"{Short(file)}\", which {bad}", "the name of a file inside of the run's folder"));
        if (step is { Agent: { } agent, Prompt: "", Input.IsEmpty: true } && _agents.GetValueOrDefault(agent) is { Prompt: null })
            _idle.Add(new(place, "nothing that the agent is told", "a \"prompt\" or an \"input\", or an agent with a prompt file"));
        if (step.ItemsDependOn is not null && step.ForEach is null)
            _problems.Add(new($"{place}.itemsDependOn", "\"itemsDependOn\" without \"forEach\"", "both or none"));
        foreach (var other in step.DependsOn)
        {
            if (other == step.Id)
                _problems.Add(new($"{place}.dependsOn", $"\"{other}\", the step itself", "other steps"));
            else if (!scope.Has(other))
                _problems.Add(new($"{place}.dependsOn", $"the unknown step \"{other}\"", $"one of {string.Join(", ", scope.Ids)}", NearestName.Suggestion(other, scope.Ids)));
        }

        foreach (var name in step.Input.Keys.Where(name => !ConfigurationTexts.StepIdPattern().IsMatch(name)))
            _problems.Add(new($"{place}.input.{name}", "a name that prompts cannot mention", ConfigurationTexts.StepId.Says));
        foreach (var name in step.Input.Keys.Where(name => name is PromptNames.Task or PromptNames.Work or PromptNames.Notes or PromptNames.Previous))
            _problems.Add(new($"{place}.input.{name}", $"the name \"{name}\", which prompts use for something else", "another name"));
        if (step.Answer is { } schema && AnswerSchema.Problem(schema) is { } wrong)
            _problems.Add(new($"{place}.answer", wrong, "\"text\", \"json\" or a JSON schema"));
    }

    private void CheckAgent(string? agent, string place)
    {
        if (agent is not null && !_agents.ContainsKey(agent))
            _problems.Add(new(place, $"the unknown agent \"{agent}\"", $"one of {string.Join(", ", _agents.Keys)}", NearestName.Suggestion(agent, _agents.Keys) ?? $"Add {{ \"id\": \"{agent}\" }} to `agents`."));
    }

    /// <summary>Checks the step's texts and finds out what it waits for.</summary>
    private void Mentions(StepScope scope, WorkflowStepOptions step, string place)
    {
        foreach (var other in step.DependsOn.Where(other => other != step.Id && scope.Has(other)))
            scope.Wait(step.Id, other);
        if (!scope.Waits.ContainsKey(step.Id))
            scope.Waits.Add(step.Id, new(StringComparer.Ordinal));

        var hasItem = scope.HasItem || step.ForEach is not null;
        if (step.ForEach is { } list)
        {
            if (ValuePath.TryParse(list) is { } path)
                Mention(scope, step, path, scope.HasItem, $"{place}.forEach");
            else
                _problems.Add(new($"{place}.forEach", $"\"{Short(list)}\"", "where a list is, such as input.files or plan.tasks"));
        }

        if (step.When is { } when)
        {
            if (ConditionParser.TryParse(when, out var problem) is { } condition)
                MentionAll(scope, step, condition.Paths, hasItem, $"{place}.when");
            else
                _problems.Add(new($"{place}.when", problem!, "a condition such as triage.kind == 'bug'"));
        }

        Text(step.Prompt, "prompt");
        Text(step.File ?? "", "file");
        Text(step.Review?.Prompt ?? "", "review.prompt");
        Text(step.Approval?.Prompt ?? "", "approval.prompt");
        foreach (var (name, text) in step.Input.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            Text(text, $"input.{name}");

        void Text(string text, string key)
        {
            if (TextTemplate.TryParse(text, out var problem) is { } template)
                MentionAll(scope, step, template.Paths, hasItem, $"{place}.{key}");
            else
                _problems.Add(new($"{place}.{key}", problem!, "placeholders such as {{input.title}}, {{item}} or {{STEP}}"));
        }
    }

    private void MentionAll(StepScope scope, WorkflowStepOptions step, IEnumerable<ValuePath> paths, bool hasItem, string place)
    {
        foreach (var path in paths.DistinctBy(path => path.ToString()))
            Mention(scope, step, path, hasItem, place);
    }

    private void Mention(StepScope scope, WorkflowStepOptions step, ValuePath path, bool hasItem, string place)
    {
        if (path.Root == Input)
            return;
        if (path.Root is Item or Index)
        {
            if (!hasItem)
                _problems.Add(new(place, $"\"{path}\" outside of a \"forEach\"", "it only in a step that is done for each item, or inside of such a group"));
            return;
        }

        var waiting = step.Id;
        for (var around = scope; around is not null; around = around.Outer)
        {
            if (around.Has(path.Root))
            {
                if (around[path.Root] is { Steps: { IsEmpty: false } members, ForEach: null } && path.Segments is [var member, ..] && !members.Any(one => one.Id == member))
                    _problems.Add(new(place, $"\"{path}\": the group has no step \"{member}\"", $"one of {string.Join(", ", members.Select(one => $"{path.Root}.{one.Id}"))}", NearestName.Suggestion(member, members.Select(one => one.Id))));
                if (path.Root == waiting)
                    _problems.Add(new(place, $"\"{path}\", which is {(around == scope ? "the step itself" : "the group that it is in")}", "a step that is over before it"));
                else
                    around.Wait(waiting, path.Root);
                return;
            }

            waiting = around.Group?.Id ?? waiting;
        }

        var known = Known(scope).Append(Input).ToList();
        _problems.Add(new(place, $"the unknown value \"{path}\"", $"one of {string.Join(", ", hasItem ? known.Append(Item) : known)}", NearestName.Suggestion(path.Root, known)));
    }

    /// <summary>The summary is written beside the files of the steps at the top.</summary>
    private static string? FileProblem(StepScope scope, string file) =>
        ArtifactName.Problem(file) ?? (scope.Outer is null && file.Equals(SummaryMarkdown.FileName, StringComparison.OrdinalIgnoreCase) ? "is the run's own summary" : null);

    private static IEnumerable<string> Known(StepScope? scope) => scope is null ? [] : [.. scope.Ids, .. Known(scope.Outer)];

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
            var body = $"{name}[]";
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

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
