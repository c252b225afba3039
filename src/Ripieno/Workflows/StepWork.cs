using System.Collections.Immutable;
using Ripieno.Workflows.Expressions;

namespace Ripieno.Workflows;

/// <summary>What a step of a user's workflow is for. Texts are templates, see <see cref="Expressions.TextTemplate"/>.</summary>
internal sealed record StepWork
{
    /// <summary>Name of the definition that the step is inside of; null at the top.</summary>
    public string? Parent { get; init; }

    /// <summary>The step, and whatever it would bring, is left out when this does not hold.</summary>
    public string? When { get; init; }

    /// <summary>Path of a list: the step becomes a step of <see cref="Body"/> for each item.</summary>
    public string? ForEach { get; init; }

    /// <summary>Definition of the steps that <see cref="ForEach"/> makes.</summary>
    public string? Body { get; init; }

    /// <summary>Member of an item that lists the ids of the items that it waits for.</summary>
    public string? ItemsDependOn { get; init; }

    /// <summary>The step is a group of the steps whose <see cref="Parent"/> it is.</summary>
    public bool IsGroup { get; init; }

    /// <summary>What the agent is told to do.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>Data for the agent, by name.</summary>
    public ImmutableArray<NamedText> Input { get; init; } = [];

    /// <summary>JSON schema of the answer; null = the answer is text.</summary>
    public string? Answer { get; init; }

    /// <summary>Name of the file that the answer becomes; null = none.</summary>
    public string? File { get; init; }

    /// <summary>Who looks at the answer before it counts; null = nobody.</summary>
    public StepReview? Review { get; init; }

    /// <summary>People decide; null = an agent works.</summary>
    public StepApproval? Approval { get; init; }

    /// <summary>Values that its texts mention.</summary>
    internal IEnumerable<ValuePath> Paths
    {
        get
        {
            var texts = Input.Select(input => input.Text).Append(Prompt).Append(File ?? "").SelectMany(text => TextTemplate.Parse(text).Paths);
            var list = ForEach is null ? [] : new[] { ValuePath.TryParse(ForEach)! };
            return [.. texts, .. list, .. When is null ? [] : ConditionParser.Parse(When).Paths];
        }
    }
}

/// <summary>A text with a name.</summary>
internal sealed record NamedText(string Name, string Text);

/// <summary>How an approval is decided; its <see cref="StepWork.Prompt"/> is what is asked.</summary>
/// <param name="TimeLimit">After which it is decided by default; null = it waits for ever.</param>
/// <param name="ApprovedByDefault">What is decided then.</param>
/// <param name="RejectedGoesOn">A rejection is a value like an approval; else it fails the step.</param>
internal sealed record StepApproval(TimeSpan? TimeLimit, bool ApprovedByDefault, bool RejectedGoesOn);

/// <summary>A review loop around a step.</summary>
/// <param name="Definition">Definition of the reviews.</param>
/// <param name="MaxRevisions">Times that the reviewer may send the work back.</param>
internal sealed record StepReview(string Definition, int MaxRevisions);
