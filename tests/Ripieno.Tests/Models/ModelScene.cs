using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;
using Ripieno.Models;
using Ripieno.Storage;
using Ripieno.Tests.Workers;

namespace Ripieno.Tests.Models;

/// <summary>Model paths of one or more instances to fake endpoints, on a clock that only the test moves.</summary>
internal sealed class ModelScene : IAsyncDisposable
{
    private readonly List<ModelPath> _paths = [];

    private ModelScene(WorkerScene scene) => Scene = scene;

    /// <summary>Fits <see cref="EndpointState"/>'s pauses: small enough to be exact.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);

    public WorkerScene Scene { get; }

    public FakeTimeProvider Time => Scene.Time;

    public FakeProvider Provider { get; } = new();

    public static async Task<ModelScene> OpenAsync() => new(await WorkerScene.OpenAsync());

    public static Endpoint Endpoint(string name = "fake", int concurrency = 2, int? limit = null) =>
        new(name, "fake", new Uri($"http://{name}.test"), concurrency, limit, null);

    public static ModelChoice Model(bool parallel = true) => new("fake", "llama3.2", 8192, 0.4, parallel);

    public ModelPath Path(params Endpoint[] endpoints) => Path(Scene.Store, Guid.NewGuid(), null, endpoints);

    public ModelPath Path(IStore store, Guid incarnation, ModelCallLimits? limits, params Endpoint[] endpoints)
    {
        var path = new ModelPath(endpoints, new Dictionary<string, IModelProvider>(StringComparer.Ordinal) { ["fake"] = Provider }, store, incarnation, Time, limits);
        _paths.Add(path);
        return path;
    }

    /// <summary>The path of an instance that the store knows.</summary>
    public async Task<(ModelPath Path, Guid Incarnation)> InstanceAsync(string id, Endpoint endpoint, IStore? store = null)
    {
        var instance = await Scene.RegisterAsync(id, TimeSpan.FromHours(9));
        return (Path(store ?? Scene.Store, instance.Incarnation, null, endpoint), instance.Incarnation);
    }

    public static Task<ChatResponse> AskAsync(
        ModelPath path, ModelChoice? model = null, IProgress<ModelProgress>? progress = null, CancellationToken cancellation = default)
    {
        var options = new ChatOptions();
        if (progress is not null)
            options.Progress = progress;
        return path.ClientFor(model ?? Model()).GetResponseAsync([new(ChatRole.User, "hello")], options, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _paths.ForEach(path => path.Dispose());
        await Scene.DisposeAsync();
    }
}
