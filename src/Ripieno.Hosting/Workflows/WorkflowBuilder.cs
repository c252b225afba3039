using Ripieno.Configuration;

namespace Ripieno;

/// <summary>
/// Writes a workflow in C#. It can do exactly what a workflow in the config can, and is checked by the same rules, all errors at once, when the coordinator is opened.
/// </summary>
public sealed class WorkflowBuilder : StepsBuilder
{
    private WorkflowOptions _options = new();

    internal WorkflowBuilder()
    {
    }

    /// <summary>One line for lists of workflows.</summary>
    public WorkflowBuilder Description(string text) => With(_options with { Description = text });

    /// <summary>Bound on the steps of one run, against a list that explodes. Default 10,000.</summary>
    public WorkflowBuilder MaxSteps(int count) => With(_options with { MaxSteps = count });

    /// <summary>Steps of one run that may execute at once, over all instances. Default 0 = no bound but the slots.</summary>
    public WorkflowBuilder MaxParallel(int count) => With(_options with { MaxParallel = count });

    /// <summary>Of its runs, where whoever starts one does not say another. Higher goes first; 0 is normal.</summary>
    public WorkflowBuilder Priority(int priority) => With(_options with { Priority = priority });

    /// <summary>Who is told of the end of its submitted runs, besides those that <see cref="RunOptions.Callbacks"/> names: names of the config's <c>callbacks</c>.</summary>
    public WorkflowBuilder Callbacks(params string[] names) => With(_options with { Callbacks = [.. names] });

    /// <summary>Once a step has failed for good nothing more begins, but for steps with <see cref="StepBuilder.AfterAll"/>. Without it only what waits for the failed step is skipped.</summary>
    public WorkflowBuilder StopOnFailure() => With(_options with { StopOnFailure = true });

    internal WorkflowOptions BuildWorkflow() => _options with { Steps = Build() };

    private WorkflowBuilder With(WorkflowOptions options)
    {
        _options = options;
        return this;
    }
}
