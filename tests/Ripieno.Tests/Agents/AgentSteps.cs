using System.Text.Json;
using Ripieno.Agents;
using Ripieno.Agents.Prompts;
using Ripieno.Agents.Tasks;
using Ripieno.Backlogs;
using Ripieno.Models;
using Ripieno.Workflows;

namespace Ripieno.Tests.Agents;

/// <summary>Makes what an executor is handed.</summary>
internal static class AgentSteps
{
    public static RunSnapshot Snapshot(int context = 8192, int maxRevisions = 2, int maxSteps = 10_000, string? prompt = null) => new()
    {
        Workflow = StandardWorkflow.Define(new() { MaxSteps = maxSteps }),
        Agents =
        [
            .. from agent in new[] { "planner", "executor", "reviewer" }
               select new AgentSnapshot(agent, prompt ?? BuiltInPrompts.Read(agent), new ModelChoice("ollama", $"{agent}-model", context, 0.3, true)),
        ],
        MaxRevisions = maxRevisions,
    };

    public static StepContext Context(
        StoredRun run, string key, string definition, ReadOnlyMemory<byte> input, RunSnapshot? snapshot = null, int index = 0, int generation = 1)
    {
        snapshot ??= Snapshot();
        return new()
        {
            Step = new()
            {
                Lease = new(StoredRun.Id, index, 1),
                Key = key,
                Definition = definition,
                Class = snapshot.Workflow.Step(definition).Class,
                Generation = generation,
                FailedAttempts = 0,
                Input = input,
                SnapshotHash = default,
            },
            Snapshot = snapshot,
            Definition = snapshot.Workflow.Step(definition),
            Store = run,
            Activity = new(TimeProvider.System, StoredRun.Id, key),
        };
    }

    public static RoundInput Input(string task = "add-login", int round = 1, int lastRound = 3, string description = "Make a login form.") => new(
        new(task, "Add login", description, [new("a", "Add login", "with a form")], BacklogPriority.High), round, lastRound, []);

    /// <summary>The JSON of a data block of a prompt.</summary>
    public static JsonElement Block(string prompt, string name) => JsonDocument.Parse(Text(prompt, name)).RootElement;

    public static string Text(string prompt, string name)
    {
        var start = prompt.IndexOf($"<{name}>\n", StringComparison.Ordinal) + name.Length + 3;
        Assert.True(start > name.Length + 2, $"There is no block {name} in: {prompt}");
        return prompt[start..prompt.IndexOf($"\n</{name}>", StringComparison.Ordinal)];
    }
}
