using Microsoft.Extensions.AI;
using Ripieno.Agents;
using Ripieno.Benchmarks.Stores;
using Ripieno.Configuration;
using Ripieno.Models;
using Ripieno.Storage;

namespace Ripieno.Benchmarks.Processes;

/// <summary>Asks a model through the whole model path, as the executors of agents do, and keeps the answer until it is complete.</summary>
/// <param name="models">The model path.</param>
/// <param name="tokens">Most tokens of an answer; null = as many as the server likes.</param>
internal sealed class CallingExecutor(ModelPath models, int? tokens) : IStepExecutor
{
    private static readonly ModelChoice Model = new(ProviderKind.Ollama, "llama3.2", Context: 8192, Temperature: 0.4, Parallel: true);

    /// <summary>4 KB, about what a task with its dependencies' results takes.</summary>
    private static readonly string Prompt = string.Concat(Enumerable.Repeat("Write the part of the text that this step is about. ", 80));

    public string Name => Work.Name;

    public async Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
    {
        // A prompt of its own for each call, as real ones are.
        var messages = new List<ChatMessage> { new(ChatRole.User, $"{context.Step.Key}: {Prompt}") };
        var options = new ChatOptions { ModelId = Model.Model, MaxOutputTokens = tokens, Progress = context.Activity };
        await models.ClientFor(Model).GetResponseAsync(messages, options, cancellation);
        return Work.Result(context.Step.Lease);
    }
}
