using System.Text.Json;
using Microsoft.Extensions.AI;
using Ripieno.Agents.Artifacts;
using Ripieno.Models;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Agents.Coded;

/// <summary>One call of an agent that is code: what it is given, and what it may leave besides its value.</summary>
internal sealed class CodedCall(StepContext context, AgentSnapshot agent, Func<ModelChoice, IChatClient> clientFor)
{
    private readonly List<ArtifactContent> _files = [];
    private CountingChatClient? _chat;

    public string RunId => context.RunId;

    public string StepKey => context.Step.Key;

    public string Agent => agent.Id;

    /// <summary>Tries of this step that have failed, and this one.</summary>
    public int Attempt => context.Step.FailedAttempts + 1;

    /// <summary>From 1; each revision is one more.</summary>
    public required int Round { get; init; }

    /// <summary>What the step is told to do, values filled in.</summary>
    public required string Prompt { get; init; }

    /// <summary>Data for the agent; null = the step gives none.</summary>
    public required JsonElement? Input { get; init; }

    /// <summary>Of a review: what is to be looked at. Of a revision: the version that was sent back.</summary>
    public string? Work { get; init; }

    /// <summary>What reviewers asked for in earlier rounds; empty = nothing.</summary>
    public string Notes { get; init; } = "";

    /// <summary>The model that the agent was accepted with; null = it has none.</summary>
    public IChatClient? Chat => agent.Model.Provider == Configuration.ProviderKind.Code ? null : _chat ??= new(clientFor(agent.Model), context.Activity);

    public Runs.TokenUsage Usage => _chat?.Usage ?? default;

    public IReadOnlyList<ArtifactContent> Files => _files;

    public void Show(string text) => context.Activity.Show(text);

    /// <exception cref="StepFailedException">The name is not safe, or was used already.</exception>
    public void AddFile(string name, ReadOnlyMemory<byte> content)
    {
        if (ArtifactName.Problem(name) is { } problem)
            throw new StepFailedException($"The file name \"{name}\" of agent '{agent.Id}' {problem}.");
        if (_files.Exists(file => string.Equals(file.Name, name, StringComparison.OrdinalIgnoreCase)))
            throw new StepFailedException($"Agent '{agent.Id}' has left the file \"{name}\" already.");
        _files.Add(new(name, content));
    }
}
