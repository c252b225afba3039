using System.Text;
using Microsoft.Extensions.AI;
using Ripieno.Agents;
using Ripieno.Agents.Coded;

namespace Ripieno;

/// <summary>One call of an agent that is code.</summary>
public sealed class AgentCall
{
    private readonly CodedCall _call;

    internal AgentCall(CodedCall call) => _call = call;

    /// <summary>The run.</summary>
    public string RunId => _call.RunId;

    /// <summary>The step, as <c>ripieno show</c> calls it: <c>texts/welcome-de/draft</c>.</summary>
    public string StepKey => _call.StepKey;

    /// <summary>Id of the agent.</summary>
    public string Agent => _call.Agent;

    /// <summary>Which try of the step this is, from 1. Lost processes do not count.</summary>
    public int Attempt => _call.Attempt;

    /// <summary>Which round of a step that is reviewed this is, from 1.</summary>
    public int Round => _call.Round;

    /// <summary>The step's <c>prompt</c> with values filled in; of a review the reviewer's.</summary>
    public string Prompt => _call.Prompt;

    /// <summary>From the second round on: the version that was sent back. Of a review: the work as text. Else null.</summary>
    public string? Work => _call.Work;

    /// <summary>What reviewers asked for in earlier rounds; empty = nothing.</summary>
    public string Notes => _call.Notes;

    /// <summary>
    /// The agent's model, behind the same limits, pauses and counters as all calls of this instance. When its endpoints are away it throws
    /// <see cref="Errors.EndpointUnavailableException"/>: let it pass, and the step waits for them at no cost of a try.
    /// </summary>
    /// <exception cref="InvalidOperationException">The agent was given no model.</exception>
    public IChatClient Chat => _call.Chat ?? throw new InvalidOperationException(
        $"Agent '{Agent}' was given no model. Register it with new AgentSettings {{ Model = \"…\" }}, or give it a \"provider\" in the config.");

    /// <summary>Says what the agent does now, for displays.</summary>
    /// <param name="text">A few words: <c>reading page 3 of 12</c>.</param>
    public void Show(string text) => _call.Show(text);

    /// <summary>Leaves a file beside the result; it counts only when the call ends well. At most 16 MB in all.</summary>
    /// <param name="name">Relative path without <c>..</c>; each once.</param>
    /// <param name="text">Written as UTF-8.</param>
    public void AddFile(string name, string text) => AddFile(name, Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="AddFile(string, string)"/>
    /// <param name="name">Relative path without <c>..</c>; each once.</param>
    /// <param name="content">The bytes.</param>
    public void AddFile(string name, ReadOnlyMemory<byte> content) => _call.AddFile(name, content);

    /// <summary>An exception by which the step fails at once, however many tries it has left: <c>throw call.Fail("…")</c>.</summary>
    /// <param name="reason">One or two sentences for whoever reads the run.</param>
    public Exception Fail(string reason) => new StepFailedException(reason, _call.Usage);
}
