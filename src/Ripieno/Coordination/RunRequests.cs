using Ripieno.Backlogs;
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
    /// <param name="inputPlace">What a caller calls the input, for errors.</param>
    /// <exception cref="InvalidInputException">A prompt cannot be read, or the workflow mentions an input and is given none.</exception>
    /// <exception cref="NotFoundException">There is no such workflow.</exception>
    public static RunRequest Of(LoadedConfiguration configuration, string workflow, Backlog? backlog, RunInput? input, string tenant, string inputPlace)
    {
        var snapshot = RunSnapshots.Take(configuration.Options, configuration.ProjectFolder, workflow);
        if (workflow != StandardWorkflow.Name && input is null && snapshot.Workflow.MentionsInput)
        {
            throw new InvalidInputException(new Problem(
                null, null, inputPlace, "nothing", "what the workflow works on",
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
            MaxDeathsAlone = configuration.Options.Runtime.MaxDeathsAlone,
        };
    }
}
