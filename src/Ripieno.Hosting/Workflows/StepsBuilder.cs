using System.Collections.Immutable;
using Ripieno.Configuration;

namespace Ripieno;

/// <summary>Steps that stand beside each other: those of a workflow, or of a group in it. Those that do not wait for each other run at the same time.</summary>
public class StepsBuilder
{
    private readonly List<StepBuilder> _steps = [];

    internal StepsBuilder()
    {
    }

    /// <summary>A step that an agent does.</summary>
    /// <param name="id">Its name among the steps beside it; in the texts of others, <c>{{id}}</c> stands for its result.</param>
    /// <param name="agent">Id of the agent: of the config, or registered in code.</param>
    public StepBuilder Step(string id, string agent) => Add(new() { Id = id, Agent = agent });

    /// <summary>A group of steps: its result is an object with theirs by their ids. With <see cref="StepBuilder.ForEach"/> all of it is done for each item.</summary>
    /// <param name="id">Its name among the steps beside it.</param>
    /// <param name="steps">Adds the steps in it.</param>
    public StepBuilder Group(string id, Action<StepsBuilder> steps)
    {
        var inner = new StepsBuilder();
        steps(inner);
        return Add(new() { Id = id, Steps = inner.Build() });
    }

    /// <summary>A decision by people. Waiting for it costs no slot. Its result is <c>{ "approved": …, "note": …, "by": … }</c>.</summary>
    /// <param name="id">Its name among the steps beside it.</param>
    /// <param name="question">What is asked; may have placeholders.</param>
    /// <param name="timeLimit">Time after which it is decided by <paramref name="approvedByDefault"/>; null = it waits for ever.</param>
    /// <param name="approvedByDefault">What is decided then. False, the default: what nobody approved in time must not happen.</param>
    /// <param name="rejectedGoesOn">False, the default: a rejection fails the step, and what waits for it is skipped. True: it is a value like an approval.</param>
    public StepBuilder Approval(string id, string question, TimeSpan? timeLimit = null, bool approvedByDefault = false, bool rejectedGoesOn = false) => Add(new()
    {
        Id = id,
        Approval = new() { Prompt = question, TimeLimit = timeLimit, ApprovedByDefault = approvedByDefault, RejectedGoesOn = rejectedGoesOn },
    });

    internal ImmutableArray<WorkflowStepOptions> Build() => [.. _steps.Select(step => step.Options)];

    private StepBuilder Add(WorkflowStepOptions options)
    {
        var step = new StepBuilder(options);
        _steps.Add(step);
        return step;
    }
}
