using Ripieno.Runs;
using Ripieno.Storage.Moving;

namespace Ripieno.Storage;

/// <summary>
/// All durable state, by operations named for their intent. Each mutation is one atomic commit and returns only after it is durable as
/// <see cref="Description"/> says; each may be repeated after an <see cref="Errors.OutcomeUnknownException"/> without doing its work twice.
/// Times are the store's clock: the machine's for SQLite. <c>README.md</c> of this folder tells states, owners and crash points.
/// </summary>
/// <remarks>
/// Any operation may throw <see cref="Errors.StoreUnavailableException"/> (nothing changed), <see cref="Errors.OutcomeUnknownException"/> (repeat it) or
/// <see cref="Errors.StoreDamagedException"/> (what is read is not what was written). Closed to other implementations until 1.0.
/// </remarks>
internal interface IStore : IAsyncDisposable
{
    /// <summary>What and where the store is, for people and for checks.</summary>
    StoreDescription Description { get; }

    // Runs

    /// <summary>
    /// Stores run, snapshot, input and first steps in one commit. Same id and fingerprint: <see cref="SubmitOutcome.Existing"/>; same id and
    /// another fingerprint: <see cref="Errors.ConflictException"/>; a spec that names an unknown dependency or makes a cycle: <see cref="Errors.InvalidInputException"/>.
    /// </summary>
    Task<SubmitOutcome> SubmitAsync(RunSubmission submission, CancellationToken cancellation);

    /// <summary>
    /// Sets the cancel flag: from its return on no step of the run starts. Steps that are not running become cancelled; the run ends when the
    /// running ones were aborted. False when the run was terminal already. Unknown run: <see cref="Errors.NotFoundException"/>.
    /// </summary>
    Task<bool> CancelAsync(string runId, CancellationToken cancellation);

    /// <summary>
    /// Opens a new generation of the run's failed and dead-lettered steps (of those named, when keys are given) and of the steps skipped because of
    /// them; finished steps keep their results. Returns how many steps were reopened. A run that is not failed, or a named step that is
    /// not: <see cref="Errors.ConflictException"/>.
    /// </summary>
    Task<int> RetryAsync(string runId, IReadOnlyCollection<string> stepKeys, CancellationToken cancellation);

    /// <summary>
    /// Deletes runs that have ended, with all that belongs to them. From its return on they are not to be found and their ids are free; their rows go batch by
    /// batch. Runs that are unknown or have not ended are left alone. The hourly figures stay. Repeatable.
    /// </summary>
    /// <returns>How many were deleted.</returns>
    Task<int> DeleteRunsAsync(IReadOnlyCollection<string> runIds, CancellationToken cancellation);

    // Steps

    /// <summary>
    /// Hands out up to <see cref="ClaimRequest.Count"/> steps of the classes asked for: by run priority, then fair share among runs, then step
    /// priority, then the order in which they were added. A claim of 24 steps or more may take up to a quarter of them from a run in one turn, with several tenants waiting up to a
    /// quarter from a tenant's runs together (or a twelfth from each); what it has taken is charged, so others catch up by the next claims. First makes due what was waiting and what is leased to silent instances.
    /// Each claim adds 1 to the step's epoch. A step that two instances have died of is handed out alone (<see cref="ClaimedStep.Alone"/>), to an instance that holds
    /// nothing; an instance that it is kept for gets nothing else until then. <see cref="Errors.NotFoundException"/> when the registration is gone or has run out: register
    /// again, renew, then claim. Empty when there is nothing. A repeat after an unknown outcome may leave the first claim's steps to their lease.
    /// </summary>
    Task<IReadOnlyList<ClaimedStep>> ClaimAsync(ClaimRequest request, CancellationToken cancellation);

    /// <summary>
    /// Records result, artifacts and expansion, counts down dependents and groups, makes the ready ones claimable, ends the run if nothing is left:
    /// all or nothing, fenced by the epoch. An expansion wider than a batch is written ahead, invisible, and unfolds batch by batch after the commit.
    /// Repeatable by (step, epoch).
    /// </summary>
    Task<ReportOutcome> CompleteAsync(StepLease lease, StepCompletion completion, CancellationToken cancellation);

    /// <summary>True when completions may hand out what follows; where not, asking is for nothing.</summary>
    bool FollowsUp => false;

    /// <summary>
    /// As <see cref="CompleteAsync(StepLease, StepCompletion, CancellationToken)"/>, and in the same commit hands out the step of the run that became ready by it, of a class that is asked for: so a chain goes on without
    /// another claim. What stands before it goes first: whatever a claim would do before it hands anything out, steps of a higher priority, and runs that are more than three steps behind; so a run that is under way
    /// gets up to three steps before its turn, each of which is charged. After three in a row it hands out nothing, and a claim decides. A repeat
    /// after an unknown outcome hands out the same step. A store need not do it: then there is no follow-up, and the step is claimed as any other.
    /// </summary>
    async Task<CompletionReply> CompleteAsync(StepLease lease, StepCompletion completion, FollowUpRequest next, CancellationToken cancellation) =>
        new(await CompleteAsync(lease, completion, cancellation), null);

    /// <summary>Records a failed try: the step waits for its next, or has failed and its dependents are skipped. Fenced; repeatable by (step, epoch).</summary>
    Task<ReportOutcome> FailAsync(StepLease lease, StepFailure failure, CancellationToken cancellation);

    /// <summary>Puts the step aside until a time, at no cost of an attempt: its endpoint is away. Fenced; repeatable.</summary>
    Task<ReportOutcome> ParkAsync(StepLease lease, DateTimeOffset until, string reason, CancellationToken cancellation);

    /// <summary>Hands a step back, at no cost of an attempt: it is ready again at once (or cancelled with its run). Fenced; repeatable.</summary>
    Task<ReportOutcome> ReleaseAsync(StepLease lease, CancellationToken cancellation);

    /// <summary>Makes a waiting step claimable before its time: what it waits for has come. Repeatable; nothing happens when the step does not wait (any more), or there is none.</summary>
    Task WakeAsync(string runId, int stepIndex, CancellationToken cancellation);

    // Instances

    /// <summary>Announces an instance. <see cref="Errors.ConflictException"/> when another live one has its id, naming host and pid.</summary>
    Task RegisterInstanceAsync(InstanceRecord instance, TimeSpan lease, CancellationToken cancellation);

    /// <summary>
    /// Heartbeat: renews the instance and with it its leases, and tells which of them are lost or cancelled.
    /// A lease that ran out but that no one took since is taken back. <see cref="Errors.NotFoundException"/> when the registration is gone: register again.
    /// </summary>
    Task<RenewReply> RenewAsync(Guid incarnation, IReadOnlyList<StepLease> leases, TimeSpan lease, CancellationToken cancellation);

    /// <summary>Ends a registration; its leases and permits are free at once. Repeatable; an unknown incarnation is no error.</summary>
    /// <returns>How many steps were given back.</returns>
    Task<int> EndInstanceAsync(Guid incarnation, InstanceEnd end, CancellationToken cancellation);

    /// <summary>All that are registered, silent ones too, in the order in which they came.</summary>
    Task<IReadOnlyList<InstanceRecord>> ListInstancesAsync(CancellationToken cancellation);

    /// <summary>
    /// Replaces what an instance tells of itself. It renews nothing. Repeatable. <see cref="Errors.NotFoundException"/> when the
    /// registration is gone; <see cref="Errors.InvalidInputException"/> when the report is too large.
    /// </summary>
    /// <returns>True when somebody has asked the instance to drain.</returns>
    Task<bool> ReportInstanceAsync(Guid incarnation, ReadOnlyMemory<byte> report, CancellationToken cancellation);

    /// <summary>
    /// Asks the instance of that name to take nothing new, finish what it has and end; it hears of it by its next report. Ends with the registration, so a process that is started afresh under the name is not
    /// meant. Repeatable. <see cref="Errors.NotFoundException"/> when no instance that is not silent has the name.
    /// </summary>
    /// <returns>Who was asked.</returns>
    Task<InstanceRecord> RequestDrainAsync(string instanceId, CancellationToken cancellation);

    /// <summary>Of all instances that have told of themselves, in no order.</summary>
    Task<IReadOnlyList<StoredReport>> ListReportsAsync(CancellationToken cancellation);

    /// <summary>Next number of a sequence, from 0: whose turn it is, among all who ask. A repeat after an unknown outcome takes another one.</summary>
    Task<long> NextTurnAsync(string sequence, CancellationToken cancellation);

    // Logs

    /// <summary>
    /// Adds lines to the logs of runs; of each run the newest <see cref="ContentLimits.Log"/> stay, and they go with the run. Lines of runs that are not there (any more) are left out. What of it concerns
    /// one partition is one commit. Nobody is told of it as of a change, where the store can avoid that. Repeatable within an hour: a batch whose number is not above the last of its origin changes nothing.
    /// <see cref="Errors.InvalidInputException"/> when the batch, or a line, is too large.
    /// </summary>
    Task AppendLogAsync(LogBatch batch, CancellationToken cancellation);

    // Limits

    /// <summary>
    /// Takes <see cref="PermitRequest.Weight"/> of the <see cref="PermitRequest.Capacity"/> of a limit (all of it, to be alone), for at most <see cref="PermitRequest.Duration"/>, and counts it into the rates: all in
    /// one commit, or nothing. Refused while the limit cools, while the rates do not allow it, while too little is free; looked at in that order. Permits of an instance whose registration has ended are gone, and
    /// while a registration has run out its permits do not count. <see cref="Errors.NotFoundException"/> when the own one is gone or has run out. Repeatable by <see cref="PermitRequest.Permit"/>.
    /// </summary>
    Task<PermitReply> AcquirePermitAsync(PermitRequest request, CancellationToken cancellation);

    /// <summary>Gives a permit back, and puts the tokens that the call has cost in the place of those that were reserved. Repeatable; one that is not there is no error.</summary>
    /// <param name="permit">Which.</param>
    /// <param name="tokens">Null = not known: what was reserved stays counted. More than was reserved is counted now, less where it was reserved.</param>
    /// <param name="cancellation">Ends the wait.</param>
    Task ReleasePermitAsync(HeldPermit permit, int? tokens, CancellationToken cancellation);

    /// <summary>
    /// For an instance that was silent for longer than its lease, after it has renewed: which of its permits were lost meanwhile, because they have lapsed or their place was given to others. The calls that they
    /// cover must be aborted. The others are kept. Repeatable.
    /// </summary>
    Task<IReadOnlyList<HeldPermit>> KeepPermitsAsync(Guid incarnation, IReadOnlyCollection<HeldPermit> permits, CancellationToken cancellation);

    /// <summary>No permit of the limit is given until so much time has passed: its server has said so. Extended, never shortened. Repeatable.</summary>
    Task CoolLimitAsync(string limit, TimeSpan rest, string reason, CancellationToken cancellation);

    /// <summary>Of the limits named those that cool. A small read: for calls that need no permit.</summary>
    Task<IReadOnlyList<Cooling>> ListCoolingsAsync(IReadOnlyCollection<string> limits, CancellationToken cancellation);

    /// <summary>All limits used within a day, by name.</summary>
    Task<IReadOnlyList<LimitRecord>> ListLimitsAsync(CancellationToken cancellation);

    // Upkeep

    /// <summary>
    /// Returns when no wide change (expansion, fan-out, skips, cancel, deletion) is under way any more. They go on by themselves in any process that writes; this
    /// is for those who want to see the end.
    /// </summary>
    Task SettleAsync(CancellationToken cancellation);

    /// <summary>Looks at the whole store: what it is, how full, and whether everything in it agrees. Reads all of it; changes nothing.</summary>
    Task<StoreCheck> CheckAsync(CancellationToken cancellation);

    // Moving to another store; docs/decisions/moving.md

    /// <summary>Null = the store is open.</summary>
    Task<StoreClosing?> FindClosingAsync(CancellationToken cancellation);

    /// <summary>
    /// Closes the store: from its return on all that changes something is refused (<see cref="Errors.StoreUnavailableException"/>, which names the target), but for ending registrations, settling and opening again.
    /// Repeatable. <see cref="Errors.ConflictException"/> when it is closed for another target.
    /// </summary>
    /// <param name="target">Where its runs go on, for people.</param>
    /// <param name="cancellation">Ends the wait.</param>
    Task<StoreClosing> CloseAsync(string target, CancellationToken cancellation);

    /// <summary>Opens it again. Repeatable.</summary>
    /// <returns>False when it was open.</returns>
    Task<bool> ReopenAsync(CancellationToken cancellation);

    /// <summary>
    /// Everything of a run, in parts, contents held against their hashes; none when there is no such run. Each part is true of its own moment, so the whole is true of a run that nobody changes: of a closed store without
    /// registrations, settled.
    /// </summary>
    IAsyncEnumerable<ImagePart> ReadImageAsync(string runId, CancellationToken cancellation);

    /// <summary>
    /// Writes a part of an image, unseen; the first takes the place of what an earlier writing of this run has left, the last makes the run appear, whole. <see cref="Errors.ConflictException"/> when there is a
    /// run of this id, or another writing of it has begun since (and from the draft when a step is running: nobody here holds it). Repeatable by the draft's token and the part.
    /// </summary>
    /// <param name="draft">Has been told of the part.</param>
    /// <param name="part">In the order in which they were read.</param>
    /// <param name="cancellation">Ends the wait.</param>
    Task WriteImageAsync(RunDraft draft, ImagePart part, CancellationToken cancellation);

    /// <summary>Drops what was written of runs that never appeared, of whichever writing.</summary>
    /// <returns>How many runs that was.</returns>
    Task<int> DropDraftsAsync(CancellationToken cancellation);

    /// <summary>
    /// Adds another store's hourly figures, those of hours after the last that was taken from it, and notes the last. Repeatable.
    /// </summary>
    /// <param name="source">Name of the store (<see cref="StoreClosing.Store"/>).</param>
    /// <param name="figures">All of one hour, or of several, the oldest first.</param>
    /// <param name="cancellation">Ends the wait.</param>
    Task TakeHourlyAsync(string source, IReadOnlyList<HourlyFigures> figures, CancellationToken cancellation);

    // Reading. Reads see a consistent, recent state and never wait for writers.

    /// <summary>Null when there is no such run.</summary>
    Task<RunRecord?> FindRunAsync(string runId, CancellationToken cancellation);

    /// <summary>Newest first. <paramref name="before"/> is the id of the last run of the previous page.</summary>
    Task<IReadOnlyList<RunRecord>> ListRunsAsync(RunStatus? status, string? before, int count, CancellationToken cancellation);

    /// <summary>Runs of a terminal status that ended before a moment, oldest end first.</summary>
    Task<IReadOnlyList<RunRecord>> ListFinishedAsync(RunStatus status, DateTimeOffset before, int count, CancellationToken cancellation);

    /// <summary>Steps that were given up because executing them ends instances; newest first, of one run or of all.</summary>
    Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(string? runId, int count, CancellationToken cancellation);

    /// <summary>What happened in each hour that begins in [<paramref name="from"/>, <paramref name="to"/>), oldest first. Survives the runs.</summary>
    Task<IReadOnlyList<HourlyFigures>> ListHourlyAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation);

    /// <summary>Classes in which something is ready, with how much and for how long, by queue and executor. Looks at every ready step, so it is for people and figures, not for claims.</summary>
    Task<IReadOnlyList<ClassBacklog>> ListBacklogAsync(CancellationToken cancellation);

    /// <summary>Classes of steps that are pinned to an instance (<see cref="StepClass.Instance"/>) and of which something is ready. Cheap where nothing is pinned.</summary>
    Task<IReadOnlyList<StepClass>> ListPinnedAsync(CancellationToken cancellation);

    /// <summary>Null when there is no such run.</summary>
    Task<RunOverview?> FindOverviewAsync(string runId, CancellationToken cancellation);

    /// <summary>In the order added, those with an index above <paramref name="after"/> (−1 = from the start).</summary>
    Task<IReadOnlyList<StepRecord>> ListStepsAsync(string runId, int after, int count, CancellationToken cancellation);

    Task<StepRecord?> FindStepAsync(string runId, string key, CancellationToken cancellation);

    /// <summary>The step's dependencies with what each left, in the order added.</summary>
    Task<IReadOnlyList<DependencyRecord>> ListDependenciesAsync(string runId, int stepIndex, CancellationToken cancellation);

    /// <summary>The result of a step's own work; null when there is no such step or it left none.</summary>
    Task<ReadOnlyMemory<byte>?> FindResultAsync(string runId, int stepIndex, CancellationToken cancellation);

    /// <summary>An input or an artifact by its hash; null when the run has no such content.</summary>
    Task<ReadOnlyMemory<byte>?> FindContentAsync(string runId, ContentHash hash, CancellationToken cancellation);

    Task<ReadOnlyMemory<byte>?> FindSnapshotAsync(ContentHash hash, CancellationToken cancellation);

    /// <summary>Of one step, or of the whole run when <paramref name="stepIndex"/> is null.</summary>
    Task<IReadOnlyList<ArtifactRecord>> ListArtifactsAsync(string runId, int? stepIndex, CancellationToken cancellation);

    /// <summary>In order, those with a number above <paramref name="after"/>.</summary>
    Task<IReadOnlyList<RunEvent>> ListEventsAsync(string runId, long after, int count, CancellationToken cancellation);

    /// <summary>
    /// Lines of a run's log, in the order in which they were added (which is that of their origins' clocks only within an origin), those with a number above <paramref name="after"/>. A first number that is not
    /// <paramref name="after"/> + 1 = those before it are gone. Empty when there is no such run.
    /// </summary>
    Task<IReadOnlyList<StoredLogEntry>> ListLogAsync(string runId, long after, int count, CancellationToken cancellation);

    /// <summary>
    /// Returns when something may have changed, by this process or another, after the moment that <paramref name="seen"/> stands for, or when
    /// <paramref name="atMost"/> has passed: a hint, never a promise.
    /// </summary>
    /// <param name="seen">The answer of an earlier call; 0 at first. Read the state after that call and before this one, and no change is missed.</param>
    /// <returns>What to pass next time.</returns>
    Task<long> WaitForChangeAsync(long seen, TimeSpan atMost, CancellationToken cancellation);
}
