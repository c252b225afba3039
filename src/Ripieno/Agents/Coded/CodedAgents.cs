using Microsoft.Extensions.AI;
using Ripieno.Errors;

namespace Ripieno.Agents.Coded;

/// <summary>The agents that are code of this program, by id.</summary>
internal sealed class CodedAgents(IEnumerable<CodedAgent> agents)
{
    /// <summary>How long a step is left to programs that have its agent before this one looks at it again.</summary>
    private static readonly TimeSpan LeftToOthers = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, CodedAgent> _byId = agents.ToDictionary(agent => agent.Id, StringComparer.Ordinal);

    public static CodedAgents None { get; } = new([]);

    public bool Has(string id) => _byId.ContainsKey(id);

    /// <exception cref="EndpointUnavailableException">This program has no such code; another may have, so nothing is wrong with the step.</exception>
    public CodedAgent Find(string id) => _byId.GetValueOrDefault(id) ?? throw new EndpointUnavailableException(
        $"Agent '{id}' is code of a program, and this one does not have it. Start a worker of the program that does.", LeftToOthers);

    /// <summary>Who answers the prompts of an agent.</summary>
    /// <exception cref="StepFailedException">It does steps of users' workflows, and answers no prompts.</exception>
    public IChatClient ClientOf(string id) => Find(id) is CodedAgent.Chat chat
        ? chat.Client
        : throw new StepFailedException($"Agent '{id}' is a function, and this step needs one that answers prompts: an AIAgent, a chat client or a model.");
}
