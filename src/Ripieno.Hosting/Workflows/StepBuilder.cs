using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;
using Ripieno.Configuration;
using Ripieno.Runs;
using Ripieno.Workflows.Composing;

namespace Ripieno;

/// <summary>
/// One step of a <see cref="WorkflowBuilder"/>. In texts, <c>{{input}}</c>, <c>{{STEP}}</c>, <c>{{item}}</c> and what lies inside of them (<c>{{plan.tasks.0.title}}</c>) stand for values, and a step waits for
/// those that it mentions.
/// </summary>
public sealed class StepBuilder
{
    private static readonly JsonSerializerOptions SchemaJson = new(JsonSerializerOptions.Web) { NumberHandling = JsonNumberHandling.Strict, TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    // As the services that enforce schemas want them: closed objects with all of their members.
    private static readonly AIJsonSchemaCreateOptions SchemaOptions = new()
    {
        TransformOptions = new() { DisallowAdditionalProperties = true, RequireAllProperties = true, ConvertBooleanSchemas = true },
    };

    internal StepBuilder(WorkflowStepOptions options) => Options = options;

    internal WorkflowStepOptions Options { get; private set; }

    /// <summary>What the agent is told to do.</summary>
    public StepBuilder Prompt(string text) => With(Options with { Prompt = text });

    /// <summary>Data for the agent: a prompt gets it as a block of its own, code as a member of its typed input.</summary>
    /// <param name="name">Letters, digits, <c>-</c> and <c>_</c>.</param>
    /// <param name="text">Such as <c>{{draft}}</c>.</param>
    public StepBuilder Input(string name, string text) => With(Options with { Input = Options.Input.SetItem(name, text) });

    /// <summary>The answer must be JSON; without it, it is a text.</summary>
    public StepBuilder AnswerJson() => With(Options with { Answer = AnswerSchema.Any });

    /// <summary>The answer must be JSON that satisfies a schema; a bad one goes back to the model twice, with what is wrong.</summary>
    /// <param name="schema">JSON schema, without references and conditions.</param>
    public StepBuilder AnswerJson(string schema) => With(Options with { Answer = schema });

    /// <summary>The answer must be JSON that this type is made of, by <see cref="JsonSerializerOptions.Web"/>.</summary>
    public StepBuilder Answer<T>() => AnswerJson(AIJsonUtilities.CreateJsonSchema(typeof(T), serializerOptions: SchemaJson, inferenceOptions: SchemaOptions).GetRawText());

    /// <summary>Name of the file that the answer becomes; may have placeholders.</summary>
    public StepBuilder File(string name) => With(Options with { File = name });

    /// <summary>An agent looks at the work before it counts: it accepts it or sends it back with notes. Others see the accepted version only.</summary>
    /// <param name="agent">Who reviews.</param>
    /// <param name="prompt">What the reviewer is told besides the work.</param>
    /// <param name="maxRevisions">Times that it may send the work back; after that the step fails with its last notes.</param>
    public StepBuilder Review(string agent, string prompt = "", int maxRevisions = 2) =>
        With(Options with { Review = new() { Agent = agent, Prompt = prompt, MaxRevisions = maxRevisions } });

    /// <summary>The step is done for each item of a list; its result is the list of theirs.</summary>
    /// <param name="list">Where the list is: <c>input.files</c>, <c>plan.tasks</c>.</param>
    /// <param name="itemsDependOn">Member of an item that names the ids of the items that it waits for; null = items do not wait for each other.</param>
    public StepBuilder ForEach(string list, string? itemsDependOn = null) => With(Options with { ForEach = list, ItemsDependOn = itemsDependOn });

    /// <summary>The step is left out when this does not hold: <c>triage.kind == 'bug' and not item.done</c>.</summary>
    public StepBuilder When(string condition) => With(Options with { When = condition });

    /// <summary>Steps that it waits for, besides those that it mentions.</summary>
    public StepBuilder DependsOn(params string[] steps) => With(Options with { DependsOn = [.. Options.DependsOn, .. steps] });

    /// <summary>It is done also when something that it waits for failed: a summary, a clean-up. Without it, it is skipped then.</summary>
    public StepBuilder AfterAll() => With(Options with { Trigger = Trigger.AllDone });

    /// <summary>Queue on which it waits. Default: the agent's.</summary>
    public StepBuilder Queue(string name) => With(Options with { Queue = name });

    /// <summary>Among the ready steps of its run; higher goes first.</summary>
    public StepBuilder Priority(int priority) => With(Options with { Priority = priority });

    /// <summary>What follows when a try fails. Default: 4 tries, pauses of 1 s doubling to 60 s. Waiting for an endpoint and lost processes cost no try.</summary>
    /// <param name="maxAttempts">Tries in all, from 1.</param>
    /// <param name="firstDelay">Pause after the first failed try; null = 1 s. Doubles with each.</param>
    /// <param name="maxDelay">Bound of the pause; null = 60 s.</param>
    public StepBuilder Retry(int maxAttempts, TimeSpan? firstDelay = null, TimeSpan? maxDelay = null) =>
        With(Options with { Retry = new(maxAttempts, firstDelay ?? RetryPolicy.Default.FirstDelay, maxDelay ?? RetryPolicy.Default.MaxDelay) });

    /// <summary>Time limit of one try, without the time in which its model calls wait for their turn at an endpoint. Default 15 min.</summary>
    public StepBuilder TimeLimit(TimeSpan limit) => With(Options with { TimeLimit = limit });

    private StepBuilder With(WorkflowStepOptions options)
    {
        Options = options;
        return this;
    }
}
