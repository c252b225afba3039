using Microsoft.Extensions.AI;

namespace Ripieno.Models;

/// <summary>How far a model call is.</summary>
/// <param name="Text">For people: <c>waiting for ollama</c>, <c>loading llama3.2</c>, <c>llama3.2 is reading</c>, <c>llama3.2 is writing</c>.</param>
/// <param name="Tokens">Output tokens so far.</param>
internal readonly record struct ModelProgress(string Text, int Tokens);

internal static class ModelProgressOptions
{
    private const string Key = "ripieno.progress";

    extension(ChatOptions options)
    {
        /// <summary>Whom the model path tells how far the call is. It travels in the options because a pipeline of chat clients has no other way.</summary>
        public IProgress<ModelProgress>? Progress
        {
            get => options.AdditionalProperties?.GetValueOrDefault(Key) as IProgress<ModelProgress>;
            set
            {
                options.AdditionalProperties ??= [];
                options.AdditionalProperties[Key] = value;
            }
        }
    }
}
