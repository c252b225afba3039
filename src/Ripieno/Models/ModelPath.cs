using Microsoft.Extensions.AI;
using Ripieno.Storage;

namespace Ripieno.Models;

/// <summary>The way of a model call from an agent to an endpoint: progress → limits → time limits → client, one pipeline for each model.</summary>
internal sealed class ModelPath : IDisposable
{
    public ModelPath(
        IReadOnlyList<Endpoint> endpoints, IReadOnlyDictionary<string, IModelProvider> providers, IStore store, Guid incarnation, TimeProvider time) =>
        throw new NotSupportedException("skeleton");

    /// <summary>The pipeline for a model, made once and kept.</summary>
    public IChatClient ClientFor(ModelChoice model) => throw new NotSupportedException("skeleton");

    public void Dispose() => throw new NotSupportedException("skeleton");
}
