using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Ripieno.Agents.Coded;

/// <summary>An agent that is code of the program, in place of a prompt for a configured model.</summary>
/// <param name="Id">Its id among the agents.</param>
internal abstract record CodedAgent(string Id)
{
    /// <summary>Does a step of a user's workflow by itself, or reviews one.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Execute">Returns the step's value; null = nothing. What it throws is classified like any executor's exception.</param>
    internal sealed record Work(string Id, Func<CodedCall, CancellationToken, Task<JsonElement?>> Execute) : CodedAgent(Id);

    /// <summary>Answers prompts, as a model does: everything around the call (prompt, schema, asking again) is the same.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Client">Who answers.</param>
    internal sealed record Chat(string Id, IChatClient Client) : CodedAgent(Id);
}
