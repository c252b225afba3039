using System.Text;
using Ripieno.Agents;
using Ripieno.Agents.Tasks;
using Ripieno.Backlogs;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Storage.Moving;
using Ripieno.Workflows;

namespace Ripieno.Tests.Agents;

/// <summary>The reading side of a store that holds one run, put together by hand.</summary>
internal sealed class StoredRun : IStore
{
    public const string Id = "run-1";

    private readonly List<StepRecord> _steps = [];
    private readonly Dictionary<ContentHash, byte[]> _contents = [];
    private readonly List<ArtifactRecord> _artifacts = [];
    private readonly Dictionary<int, string[]> _dependencies = [];

    public StoredRun(Backlog? backlog = null)
    {
        Backlog = backlog ?? new("shop", [new("a", "Add login", "with a form", BacklogPriority.Medium, null, [])]);
    }

    public Backlog Backlog { get; }

    /// <summary>Pages asked for.</summary>
    public int Pages { get; private set; }

    public StepRecord this[string key]
    {
        get => _steps.Single(step => step.Key == key);
        set => _steps[_steps.FindIndex(step => step.Key == key)] = value;
    }

    public StepRecord Add(
        string key, string definition, StepStatus status, ReadOnlyMemory<byte> result = default, string? reason = null, string[]? dependsOn = null,
        params (string Name, string Text)[] files)
    {
        var step = new StepRecord
        {
            Index = _steps.Count,
            Key = key,
            Definition = definition,
            Class = new("default", definition),
            Parent = null,
            Status = status,
            Generation = 1,
            FailedAttempts = 0,
            Epoch = 1,
            Deaths = 0,
            DeathsAlone = 0,
            Result = result.IsEmpty ? null : Keep(result.ToArray()),
            Accepted = null,
            Reason = reason,
            Usage = new(100, 20),
            StartedAt = null,
            FinishedAt = null,
            DueAt = null,
            Instance = null,
        };
        _steps.Add(step);
        _dependencies[step.Index] = dependsOn ?? [];
        foreach (var (name, text) in files)
            _artifacts.Add(new(step.Index, key, name, Keep(Encoding.UTF8.GetBytes(text)), Encoding.UTF8.GetByteCount(text)));
        return step;
    }

    /// <summary>An execution with its result.</summary>
    public StepRecord AddWork(string key, StepStatus status, string summary, string[]? dependsOn = null, params (string Name, string Text)[] files) =>
        Add(
            key, "execute", status,
            RunJson.Write(new Work(summary, $"notes of {key}", [.. files.Select(file => new WorkFile(file.Name, file.Text.Length))])),
            null, dependsOn, files);

    public StepRecord AddReview(string key, int round, bool approved, string notes) =>
        Add(key, "review", StepStatus.Succeeded, RunJson.Write(new Review(round, approved, notes)));

    public ContentHash Keep(byte[] content)
    {
        var hash = ContentHash.Of(content);
        _contents[hash] = content;
        return hash;
    }

    public Task<RunRecord?> FindRunAsync(string runId, CancellationToken cancellation) => Task.FromResult(runId != Id ? null : new RunRecord
    {
        Id = Id,
        Title = Backlog.Title,
        Workflow = "standard",
        Tenant = "default",
        Priority = 0,
        Status = RunStatus.Running,
        CancelRequested = false,
        Steps = _steps.Count,
        OpenSteps = 0,
        FailedSteps = 0,
        Usage = default,
        CreatedAt = default,
        StartedAt = null,
        FinishedAt = null,
        SnapshotHash = default,
        InputHash = Keep(StandardWorkflow.Begin(StandardWorkflow.Define(new()), Backlog).Input.ToArray()),
    });

    public Task<IReadOnlyList<StepRecord>> ListStepsAsync(string runId, int after, int count, CancellationToken cancellation)
    {
        Pages++;
        return Task.FromResult<IReadOnlyList<StepRecord>>([.. _steps.Where(step => step.Index > after).Take(count)]);
    }

    public Task<StepRecord?> FindStepAsync(string runId, string key, CancellationToken cancellation) =>
        Task.FromResult(_steps.FirstOrDefault(step => step.Key == key));

    public Task<IReadOnlyList<DependencyRecord>> ListDependenciesAsync(string runId, int stepIndex, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<DependencyRecord>>([.. _dependencies[stepIndex].Select(key => this[key]).Select(step =>
        {
            var counts = step.Accepted is { } accepted ? _steps[accepted] : step;
            return new DependencyRecord(step.Index, step.Key, step.Status, counts.Index, counts.Result);
        })]);

    public Task<ReadOnlyMemory<byte>?> FindResultAsync(string runId, int stepIndex, CancellationToken cancellation) =>
        _steps.Find(step => step.Index == stepIndex)?.Result is { } hash ? FindContentAsync(runId, hash, cancellation) : Task.FromResult<ReadOnlyMemory<byte>?>(null);

    public Task<ReadOnlyMemory<byte>?> FindContentAsync(string runId, ContentHash hash, CancellationToken cancellation) =>
        Task.FromResult<ReadOnlyMemory<byte>?>(_contents.TryGetValue(hash, out var content) ? new(content) : default(ReadOnlyMemory<byte>?));

    public Task<IReadOnlyList<ArtifactRecord>> ListArtifactsAsync(string runId, int? stepIndex, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<ArtifactRecord>>([.. _artifacts.Where(artifact => stepIndex is null || artifact.StepIndex == stepIndex)]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // What agents have no business with.
    public StoreDescription Description => throw new NotSupportedException();

    public Task<SubmitOutcome> SubmitAsync(RunSubmission submission, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<bool> CancelAsync(string runId, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<int> RetryAsync(string runId, IReadOnlyCollection<string> stepKeys, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<ClaimedStep>> ClaimAsync(ClaimRequest request, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ReportOutcome> CompleteAsync(StepLease lease, StepCompletion completion, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ReportOutcome> FailAsync(StepLease lease, StepFailure failure, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ReportOutcome> ParkAsync(StepLease lease, DateTimeOffset until, string reason, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task WakeAsync(string runId, int stepIndex, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ReportOutcome> ReleaseAsync(StepLease lease, CancellationToken cancellation) => throw new NotSupportedException();

    public Task RegisterInstanceAsync(InstanceRecord instance, TimeSpan lease, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<RenewReply> RenewAsync(Guid incarnation, IReadOnlyList<StepLease> leases, TimeSpan lease, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<int> EndInstanceAsync(Guid incarnation, InstanceEnd end, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<InstanceRecord>> ListInstancesAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<bool> ReportInstanceAsync(Guid incarnation, ReadOnlyMemory<byte> report, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<InstanceRecord> RequestDrainAsync(string instanceId, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<StoredReport>> ListReportsAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<long> NextTurnAsync(string sequence, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<ClassBacklog>> ListBacklogAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<StepClass>> ListPinnedAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<PermitReply> AcquirePermitAsync(PermitRequest request, CancellationToken cancellation) => throw new NotSupportedException();

    public Task ReleasePermitAsync(HeldPermit permit, int? tokens, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<HeldPermit>> KeepPermitsAsync(Guid incarnation, IReadOnlyCollection<HeldPermit> permits, CancellationToken cancellation) => throw new NotSupportedException();

    public Task CoolLimitAsync(string limit, TimeSpan rest, string reason, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<Cooling>> ListCoolingsAsync(IReadOnlyCollection<string> limits, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<LimitRecord>> ListLimitsAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<RunRecord>> ListRunsAsync(RunStatus? status, string? before, int count, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<int> DeleteRunsAsync(IReadOnlyCollection<string> runIds, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<StoreClosing?> FindClosingAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<StoreClosing> CloseAsync(string target, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<bool> ReopenAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public IAsyncEnumerable<ImagePart> ReadImageAsync(string runId, CancellationToken cancellation) => throw new NotSupportedException();

    public Task WriteImageAsync(RunDraft draft, ImagePart part, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<int> DropDraftsAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task TakeHourlyAsync(string source, IReadOnlyList<HourlyFigures> figures, CancellationToken cancellation) => throw new NotSupportedException();

    public Task SettleAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<StoreCheck> CheckAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<RunRecord>> ListFinishedAsync(RunStatus status, DateTimeOffset before, int count, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(string? runId, int count, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<HourlyFigures>> ListHourlyAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<RunOverview?> FindOverviewAsync(string runId, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ReadOnlyMemory<byte>?> FindSnapshotAsync(ContentHash hash, CancellationToken cancellation) => Task.FromResult<ReadOnlyMemory<byte>?>(null);

    public Task<IReadOnlyList<RunEvent>> ListEventsAsync(string runId, long after, int count, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task AppendLogAsync(LogBatch batch, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<StoredLogEntry>> ListLogAsync(string runId, long after, int count, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<long> WaitForChangeAsync(long seen, TimeSpan atMost, CancellationToken cancellation) => throw new NotSupportedException();
}
