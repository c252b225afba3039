using Microsoft.Extensions.AI;
using Ripieno.Models.Simulated;

namespace Ripieno.Models;

/// <summary>What a call may cost before it is made, and what it has cost when its server does not say.</summary>
internal static class TokenReserve
{
    /// <summary>Reserved for an answer that nobody bounds. Most are shorter, and what is not used is given back; the whole context would let a rate serve one call at a time.</summary>
    private const int Answer = 2000;

    public static int Prompt(IEnumerable<ChatMessage> messages) => messages.Sum(message => TokenEstimate.Of(message.Text));

    /// <summary>Letters of the prompt by four, and an answer.</summary>
    public static int Of(IEnumerable<ChatMessage> messages, ModelChoice model, ChatOptions? options) =>
        Prompt(messages) + Math.Min(options?.MaxOutputTokens ?? Answer, model.Context);
}
