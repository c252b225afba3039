using System.Collections.Immutable;
using Ripieno.Agents.Artifacts;
using Ripieno.Agents.Prompts;
using Ripieno.Agents.Reports;
using Ripieno.Configuration;
using Ripieno.Documents;
using Ripieno.Workflows.Expressions;

namespace Ripieno.Workflows.Composing;

/// <summary>What may be wrong with a step by itself, and what its texts mention.</summary>
internal sealed partial class WorkflowComposer
{
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
        if (step is { Agent: { } agent, Prompt: "", Input.IsEmpty: true } && _agents.GetValueOrDefault(agent) is { Prompt: null, Code: false })
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
                if (around != scope && around[path.Root].ForEach is not null && path.Root == waiting && path.Segments is [Item or Index, ..])
                    return;
                if (path.Root == waiting)
                    _problems.Add(new(place, $"\"{path}\", which is {(around == scope ? "the step itself" : "the group that it is in")}", "a step that is over before it", around != scope && around[path.Root].ForEach is not null ? $"What the group is done for is {path.Root}.{Item}." : null));
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

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
