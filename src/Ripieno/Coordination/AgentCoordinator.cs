using System.Runtime.CompilerServices;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Coordination;

/// <summary>
/// The way by which programs and the CLI start, watch, cancel and retry runs. It executes nothing: workers do, in this process or any other
/// on the same store.
/// </summary>
internal sealed class AgentCoordinator(IStore store, TimeProvider time)
{
    /// <summary>Stores a run. When it returns, the run is accepted: it survives whatever the store's durability covers.</summary>
    /// <exception cref="ConflictException">The id belongs to a run with another backlog or other settings.</exception>
    /// <exception cref="InvalidInputException">The id has characters that ids may not have.</exception>
    public Task<RunReceipt> StartAsync(RunRequest request, CancellationToken cancellation) => throw new NotSupportedException("skeleton");

    /// <exception cref="NotFoundException">No such run; the message names the nearest ids.</exception>
    public Task<RunOverview> OverviewAsync(string runId, CancellationToken cancellation) => throw new NotSupportedException("skeleton");

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<RunRecord>> ListAsync(RunStatus? status, string? before, int count, CancellationToken cancellation) =>
        store.ListRunsAsync(status, before, count, cancellation);

    /// <summary>All steps, in the order added.</summary>
    public Task<IReadOnlyList<StepRecord>> StepsAsync(string runId, CancellationToken cancellation) => throw new NotSupportedException("skeleton");

    /// <summary>The run now, then again whenever something changed (looked at every <paramref name="pace"/> at most), until it is terminal.</summary>
    public async IAsyncEnumerable<RunOverview> WatchAsync(
        string runId, TimeSpan pace, [EnumeratorCancellation] CancellationToken cancellation)
    {
        _ = time;
        await Task.Yield();
        yield break;
    }

    /// <summary>Events after number <paramref name="after"/>, and with <paramref name="follow"/> those to come until the run is terminal.</summary>
    public IAsyncEnumerable<RunEvent> EventsAsync(string runId, long after, bool follow, CancellationToken cancellation) => throw new NotSupportedException("skeleton");

    /// <summary>False when it was terminal already.</summary>
    public Task<bool> CancelAsync(string runId, CancellationToken cancellation) => store.CancelAsync(runId, cancellation);

    /// <summary>Reopens what failed; see <see cref="IStore.RetryAsync"/>.</summary>
    public Task<int> RetryAsync(string runId, IReadOnlyCollection<string> stepKeys, CancellationToken cancellation) =>
        store.RetryAsync(runId, stepKeys, cancellation);
}
