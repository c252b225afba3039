using System.Collections.Immutable;
using Ripieno.Backlogs;
using Ripieno.Callbacks;
using Ripieno.Configuration;
using Ripieno.Errors;
using Ripieno.Workflows;

namespace Ripieno.Coordination;

/// <summary>Makes requests from what a configuration says now.</summary>
internal static class RunRequests
{
    /// <param name="configuration">Workflows, agents, models, prompts, tenants.</param>
    /// <param name="workflow">Its name.</param>
    /// <param name="backlog">What the standard workflow works off; null for any other.</param>
    /// <param name="input">What any other works on; null = nothing.</param>
    /// <param name="tenant">Whose run it is.</param>
    /// <param name="callbacks">Who is told of its end besides whom the workflow names; null = nobody at all, because whoever asks sees the end.</param>
    /// <param name="places">What a caller calls the input and the callbacks, for errors.</param>
    /// <exception cref="InvalidInputException">A prompt cannot be read, or the workflow mentions an input and is given none.</exception>
    /// <exception cref="NotFoundException">There is no such workflow.</exception>
    public static RunRequest Of(LoadedConfiguration configuration, string workflow, Backlog? backlog, RunInput? input, string tenant, IReadOnlyList<string>? callbacks, (string Input, string Callbacks) places)
    {
        var snapshot = RunSnapshots.Take(configuration.Options, configuration.ProjectFolder, workflow);
        if (callbacks is not null)
            snapshot = snapshot with { Callbacks = CallbackOrders.Resolve(configuration.Options.Callbacks, [.. CallbacksOf(configuration.Options, workflow), .. callbacks], places.Callbacks) };
        if (workflow != StandardWorkflow.Name && input is null && snapshot.Workflow.MentionsInput)
        {
            throw new InvalidInputException(new Problem(
                null, null, places.Input, "nothing", "what the workflow works on",
                $"Workflow '{workflow}' mentions {{{{input}}}}: give it a file, JSON, or a sentence."));
        }

        return new()
        {
            Backlog = backlog,
            Input = input?.Json ?? default,
            Title = input?.Title is { Length: > 0 } title ? $"{workflow}: {title}" : null,
            Snapshot = snapshot,
            Tenant = tenant,
            Priority = snapshot.Workflow.Priority,
            TenantWeight = (configuration.Options.Tenants.GetValueOrDefault(tenant) ?? new()).Weight,
            TenantMaxQueued = configuration.Options.Tenants.GetValueOrDefault(tenant)?.MaxQueued,
            MaxDeathsAlone = configuration.Options.Runtime.MaxDeathsAlone,
        };
    }

    private static ImmutableArray<string> CallbacksOf(RipienoOptions options, string workflow) =>
        workflow == StandardWorkflow.Name ? options.Workflows.Standard.Callbacks : options.Workflows.Own[workflow].Callbacks;
}
