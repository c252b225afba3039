using Microsoft.Extensions.AI;
using Ripieno.Agents.Coded;
using Ripieno.Configuration;
using Ripieno.Models;

namespace Ripieno.Hosting;

/// <summary>What a program brings to the executing of steps, besides configuration.</summary>
/// <param name="Agents">Those that are code.</param>
/// <param name="Around">Wraps the client of each model, in the order given.</param>
internal sealed record ProgramParts(CodedAgents Agents, IReadOnlyList<Func<IChatClient, ModelChoice, IChatClient>> Around)
{
    public static ProgramParts None { get; } = new(CodedAgents.None, []);

    /// <summary>The way of all calls of this program: to the agent that is code, or down the model path.</summary>
    public Func<ModelChoice, IChatClient> Clients(ModelPath path)
    {
        var made = new System.Collections.Concurrent.ConcurrentDictionary<ModelChoice, IChatClient>();
        return model => made.GetOrAdd(model, choice => Around.Aggregate(
            choice.Provider == ProviderKind.Code ? Agents.ClientOf(choice.Model) : path.ClientFor(choice), (client, wrap) => wrap(client, choice)));
    }
}
