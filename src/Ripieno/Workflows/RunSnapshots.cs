using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Ripieno.Agents.Prompts;
using Ripieno.Configuration;
using Ripieno.Errors;
using Ripieno.Models;

namespace Ripieno.Workflows;

/// <summary>Between the configuration, a run's snapshot, and the bytes that the store keeps.</summary>
internal static class RunSnapshots
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Fixes what the configuration says now; prompt files are read here.</summary>
    /// <param name="options">Effective configuration.</param>
    /// <param name="projectFolder">Folder that prompt paths are relative to.</param>
    /// <exception cref="InvalidInputException">An agent is missing, or a prompt cannot be read or names an unknown placeholder.</exception>
    public static RunSnapshot Take(RipienoOptions options, string projectFolder)
    {
        var workflow = StandardWorkflow.Define(options.Workflows.Standard);
        var problems = new List<Problem>();
        var agents = ImmutableArray.CreateBuilder<AgentSnapshot>();
        var steps = ImmutableArray.CreateBuilder<StepDefinition>();
        foreach (var step in workflow.Steps)
        {
            var agent = options.Agents.FirstOrDefault(agent => agent.Id == step.Agent);
            steps.Add(agent is null ? step : step with { Queue = agent.Queue });
            if (agent is not null)
                Collect(problems, () => agents.Add(new(agent.Id, ReadPrompt(agent, projectFolder), ChooseModel(agent, options))));
            else if (step.Agent is not null)
                problems.Add(MissingAgent(step.Agent, options));
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

    /// <summary>UTF-8 JSON, the same bytes for the same snapshot.</summary>
    public static ReadOnlyMemory<byte> Write(RunSnapshot snapshot) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new StoredSnapshot
            {
                Format = StoredSnapshot.CurrentFormat,
                Workflow = snapshot.Workflow,
                Agents = snapshot.Agents,
                MaxRevisions = snapshot.MaxRevisions,
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
                if (FormatOf(document.RootElement) is var format && format != StoredSnapshot.CurrentFormat)
                    throw Unreadable($"format {format?.ToString() ?? "unknown"}", "Use the version of Ripieno that accepted the run.");
            }

            var snapshot = JsonSerializer.Deserialize(stored.Span, WorkflowJson.Default.StoredSnapshot)!;
            return new() { Workflow = snapshot.Workflow, Agents = snapshot.Agents, MaxRevisions = snapshot.MaxRevisions };
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

    private static Problem MissingAgent(string id, RipienoOptions options) => new(
        null,
        null,
        "agents",
        options.Agents.IsEmpty ? "no agents" : string.Join(", ", options.Agents.Select(agent => $"'{agent.Id}'")),
        $"an agent with the id '{id}', which the workflow '{StandardWorkflow.Name}' needs",
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
        var provider = agent.Provider ?? options.Runtime.DefaultProvider;
        var listed = options.Models.GetValueOrDefault(provider) ?? ImmutableDictionary<string, ModelOptions>.Empty;
        var model = listed.GetValueOrDefault(agent.DefaultModel)
            ?? listed.OrderBy(pair => pair.Key, StringComparer.Ordinal).FirstOrDefault(pair => InstalledModel.SameName(pair.Key, agent.DefaultModel)).Value
            ?? new ModelOptions();
        int? seed = provider == ProviderKind.Simulated ? EffectiveEndpoints.Provider(options, provider).Seed : null;
        return new(provider, agent.DefaultModel, model.Context, model.Temperature, model.Parallel, seed);
    }

    private static string ReadPrompt(AgentOptions agent, string projectFolder)
    {
        var text = agent.Prompt is null ? BuiltInPrompts.Read(agent.Id) : ReadFile(agent, projectFolder);
        text = text.TrimStart('\uFEFF').ReplaceLineEndings("\n");
        PromptTemplate.Parse(text, PromptNames.Of(agent.Id), agent.Prompt ?? BuiltInPrompts.FileOf(agent.Id));
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
