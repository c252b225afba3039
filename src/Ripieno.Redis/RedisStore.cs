#pragma warning disable MA0025, CS0414, IDE0005 // Members come one by one.
using Ripieno.Runs;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>The shared store: one Redis, any number of instances. <c>README.md</c> explains it before you read on.</summary>
internal sealed partial class RedisStore : IStore
{
    /// <summary>Steps that one script touches on behalf of one change.</summary>
    public const int Batch = 100;

    /// <summary>Version of the stored shape; a store with a newer one is refused.</summary>
    public const int SchemaVersion = 1;

    private readonly IDatabase _db = null!;
    private readonly Partition[] _partitions = [];
    private readonly RedisSettings _settings = null!;
    private readonly TimeProvider _time = null!;

    public StoreDescription Description => throw new NotImplementedException();

    /// <summary>Connects, checks that the server keeps what it acknowledges, and makes the store when there is none.</summary>
    /// <exception cref="Errors.StoreUnavailableException">Not reachable, not to be trusted, another schema.</exception>
    public static Task<RedisStore> OpenAsync(RedisSettings settings, TimeProvider time, CancellationToken cancellation) =>
        OpenAsync(settings, time, new(), cancellation);

    internal static Task<RedisStore> OpenAsync(RedisSettings settings, TimeProvider time, RedisProbe probe, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<SubmitOutcome> SubmitAsync(RunSubmission submission, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<bool> CancelAsync(string runId, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<int> RetryAsync(string runId, IReadOnlyCollection<string> stepKeys, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<int> DeleteRunsAsync(IReadOnlyCollection<string> runIds, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<IReadOnlyList<ClaimedStep>> ClaimAsync(ClaimRequest request, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<ReportOutcome> CompleteAsync(StepLease lease, StepCompletion completion, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<ReportOutcome> FailAsync(StepLease lease, StepFailure failure, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<ReportOutcome> ParkAsync(StepLease lease, DateTimeOffset until, string reason, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<ReportOutcome> ReleaseAsync(StepLease lease, CancellationToken cancellation) => throw new NotImplementedException();

    public Task RegisterInstanceAsync(InstanceRecord instance, TimeSpan lease, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<RenewReply> RenewAsync(Guid incarnation, IReadOnlyList<StepLease> leases, TimeSpan lease, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<int> EndInstanceAsync(Guid incarnation, InstanceEnd end, CancellationToken cancellation) => throw new NotImplementedException();

    public Task<bool> AcquirePermitAsync(PermitRequest request, CancellationToken cancellation) => throw new NotImplementedException();

    public Task ReleasePermitAsync(Guid permit, CancellationToken cancellation) => throw new NotImplementedException();

    public Task SettleAsync(CancellationToken cancellation) => throw new NotImplementedException();

    public Task<long> WaitForChangeAsync(long seen, TimeSpan atMost, CancellationToken cancellation) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
