#pragma warning disable MA0025, CS0414, IDE0005 // Members come one by one.
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Redis;

internal sealed partial class RedisStore
{
    public Task<RunRecord?> FindRunAsync(string runId, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<IReadOnlyList<RunRecord>> ListRunsAsync(RunStatus? status, string? before, int count, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<IReadOnlyList<RunRecord>> ListFinishedAsync(RunStatus status, DateTimeOffset before, int count, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(string? runId, int count, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<IReadOnlyList<HourlyFigures>> ListHourlyAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<RunOverview?> FindOverviewAsync(string runId, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<IReadOnlyList<StepRecord>> ListStepsAsync(string runId, int after, int count, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<StepRecord?> FindStepAsync(string runId, string key, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<IReadOnlyList<DependencyRecord>> ListDependenciesAsync(string runId, int stepIndex, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<ReadOnlyMemory<byte>?> FindResultAsync(string runId, int stepIndex, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<ReadOnlyMemory<byte>?> FindContentAsync(string runId, ContentHash hash, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<ReadOnlyMemory<byte>?> FindSnapshotAsync(ContentHash hash, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<IReadOnlyList<ArtifactRecord>> ListArtifactsAsync(string runId, int? stepIndex, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<IReadOnlyList<RunEvent>> ListEventsAsync(string runId, long after, int count, CancellationToken cancellation) => throw new NotImplementedException();
}
