using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Ripieno.Agents.Prompts;
using Ripieno.Configuration;
using Ripieno.Documents;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Workflows.Composing;

namespace Ripieno.Workflows;

/// <summary>Between the configuration, a run's snapshot, and the bytes that the store keeps.</summary>
internal static class RunSnapshots
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Fixes what the configuration says now; prompt files are read here.</summary>
    /// <param name="options">Effective configuration.</param>
    /// <param name="projectFolder">Folder that prompt paths are relative to.</param>
    /// <param name="name">Of the workflow.</param>
    /// <exception cref="NotFoundException">There is no such workflow.</exception>
    /// <exception cref="InvalidInputException">An agent is missing, or a prompt cannot be read or names an unknown placeholder.</exception>
    public static RunSnapshot Take(RipienoOptions options, string projectFolder, string name = StandardWorkflow.Name)
    {
        var problems = new List<Problem>();
        var workflow = Define(options, name, problems);
        var agents = ImmutableArray.CreateBuilder<AgentSnapshot>();
        var steps = ImmutableArray.CreateBuilder<StepDefinition>();
        foreach (var step in workflow.Steps)
        {
            var agent = options.Agents.FirstOrDefault(agent => agent.Id == step.Agent);
            steps.Add(agent is null || step.Work is not null ? step : step with { Queue = agent.Queue });
            if (agent is not null && agents.All(known => known.Id != agent.Id))
                Collect(problems, () => agents.Add(new(agent.Id, ReadPrompt(agent, workflow, projectFolder), ChooseModel(agent, options), agent.Code)));
            else if (agent is null && step is { Agent: not null, Work: null })
                problems.Add(MissingAgent(step.Agent!, name, options));
        }

        if (problems.Count > 0)
            throw new InvalidInputException(problems);
        return new()
        {
            Workflow = workflow with { Steps = steps.DrainToImmutable() },
            Agents = agents.DrainToImmutable(),
            MaxRevisions = options.Workflows.Standard.MaxRevisions,
        };
    }

    private static WorkflowDefinition Define(RipienoOptions options, string name, List<Problem> problems)
    {
        if (name == StandardWorkflow.Name)
            return StandardWorkflow.Define(options.Workflows.Standard);
        if (!options.Workflows.Own.TryGetValue(name, out var own))
        {
            var names = options.Workflows.Own.Keys.Order(StringComparer.Ordinal).Prepend(StandardWorkflow.Name).ToList();
            throw new NotFoundException(
                $"There is no workflow '{name}' in the config; it has: {string.Join(", ", names)}. {NearestName.Suggestion(name, names)}".TrimEnd());
        }

        var workflow = WorkflowComposer.Compose(name, own, options.Agents, out var wrong);
        problems.AddRange(wrong.Select(problem => new Problem(null, null, $"workflows.{name}.{problem.Place}", problem.Found, problem.Expected, problem.NextStep)));
        return workflow;
    }

    /// <summary>UTF-8 JSON, the same bytes for the same snapshot.</summary>
    public static ReadOnlyMemory<byte> Write(RunSnapshot snapshot) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new StoredSnapshot
            {
                Format = StoredSnapshot.CurrentFormat,
                Workflow = snapshot.Workflow,
                Agents = snapshot.Agents,
                MaxRevisions = snapshot.MaxRevisions,
                Callbacks = snapshot.Callbacks.IsEmpty ? null : snapshot.Callbacks,
            },
            WorkflowJson.Default.StoredSnapshot);

    /// <exception cref="InvalidInputException">Another version of Ripieno wrote it, or it is damaged.</exception>
    public static RunSnapshot Read(ReadOnlyMemory<byte> stored)
    {
        try
        {
            // Looked at first, because a later format will also have members that are unknown here.
            using (var document = JsonDocument.Parse(stored))
            {
                if (FormatOf(document.RootElement) is var format && format is null or < 1 or > StoredSnapshot.CurrentFormat)
                    throw Unreadable($"format {format?.ToString() ?? "unknown"}", "Use the version of Ripieno that accepted the run.");
            }

            var snapshot = JsonSerializer.Deserialize(stored.Span, WorkflowJson.Default.StoredSnapshot)!;
            return new() { Workflow = snapshot.Workflow, Agents = snapshot.Agents, MaxRevisions = snapshot.MaxRevisions, Callbacks = snapshot.Callbacks ?? [] };
        }
        catch (JsonException exception)
        {
            throw Unreadable(exception.Message, null);
        }
    }

    private static int? FormatOf(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("format", out var format) && format.TryGetInt32(out var number) ? number : null;

    private static InvalidInputException Unreadable(string found, string? nextStep) =>
        new(new Problem(null, null, "the run's snapshot", found, $"a snapshot of format {StoredSnapshot.CurrentFormat}", nextStep));

    private static Problem MissingAgent(string id, string workflow, RipienoOptions options) => new(
        null,
        null,
        "agents",
        options.Agents.IsEmpty ? "no agents" : string.Join(", ", options.Agents.Select(agent => $"'{agent.Id}'")),
        $"an agent with the id '{id}', which the workflow '{workflow}' needs",
        $"Add {{ \"id\": \"{id}\" }} to `agents`.");

    private static void Collect(List<Problem> problems, Action action)
    {
        try
        {
            action();
        }
        catch (InvalidInputException exception)
        {
            problems.AddRange(exception.Problems);
        }
    }

    private static ModelChoice ChooseModel(AgentOptions agent, RipienoOptions options)
    {
        if (!agent.CallsModel)
            return new(ProviderKind.Code, agent.Id, new ModelOptions().Context, 0, Parallel: true);
        var own = Choose(agent.Provider ?? options.Runtime.DefaultProvider, agent.DefaultModel, options);
        // Made-up answers never fail; what came after them would never be asked.
        ModelChoice? next = null;
        foreach (var fallback in own.Provider == ProviderKind.Simulated ? [] : options.Runtime.Fallbacks.Reverse())
        {
            if (fallback.Provider != own.Provider || fallback.Model != own.Model)
                next = Choose(fallback.Provider, fallback.Model, options) with { Fallback = next };
        }

        return own with { Fallback = next };
    }

    private static ModelChoice Choose(string provider, string name, RipienoOptions options)
    {
        var model = ModelOptions.Of(options, provider, name);
        int? seed = provider == ProviderKind.Simulated ? EffectiveEndpoints.Provider(options, provider).Seed : null;
        var deployment = provider == ProviderKind.AzureOpenAI ? model.Deployment ?? EffectiveEndpoints.Provider(options, provider).Deployment : null;
        return new(provider, name, model.Context, model.Temperature, model.Parallel, seed, deployment);
    }

    private static string ReadPrompt(AgentOptions agent, WorkflowDefinition workflow, string projectFolder)
    {
        var isStandard = workflow.Name == StandardWorkflow.Name;
        if (agent.Prompt is null && !isStandard)
            return "";
        var text = agent.Prompt is null ? BuiltInPrompts.Read(agent.Id) : ReadFile(agent, projectFolder);
        text = text.TrimStart('\uFEFF').ReplaceLineEndings("\n");
        var names = isStandard ? PromptNames.Of(agent.Id) : PromptNames.Of(agent.Id, workflow);
        PromptTemplate.Parse(text, names, agent.Prompt ?? BuiltInPrompts.FileOf(agent.Id));
        return text;
    }

    private static string ReadFile(AgentOptions agent, string projectFolder)
    {
        var path = Path.Combine(projectFolder, agent.Prompt!);
        try
        {
            return StrictUtf8.GetString(File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            var found = exception switch
            {
                FileNotFoundException or DirectoryNotFoundException => "no such file",
                DecoderFallbackException => "bytes that are not UTF-8",
                _ => exception.Message,
            };
            throw new InvalidInputException(new Problem(
                agent.Prompt,
                null,
                $"prompt of agent '{agent.Id}'",
                found,
                $"a text file at {path}",
                "Mend the path, or leave `prompt` out to use the built-in prompt."));
        }
    }
}
