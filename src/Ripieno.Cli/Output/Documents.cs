using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Cli.Output;

/// <summary><c>runs --json</c>.</summary>
internal sealed record RunsDocument(IReadOnlyList<RunJson> Runs);

/// <summary><c>show --json</c>, and the last line of <c>run</c>, <c>resume</c>, <c>retry</c> and <c>watch --json</c> with type <c>result</c>.</summary>
/// <param name="Type"><c>result</c>.</param>
/// <param name="Run">The run.</param>
/// <param name="Models">What it works with.</param>
/// <param name="Simulated">Answers were made up.</param>
/// <param name="Tasks">Its tasks.</param>
/// <param name="Steps">Its steps, when asked for.</param>
/// <param name="Artifacts">Folder of its files, when they were exported.</param>
internal sealed record RunDocument(
    string Type, RunJson Run, string Models, bool Simulated, IReadOnlyList<TaskJson> Tasks, IReadOnlyList<StepJson>? Steps, string? Artifacts)
{
    /// <summary>Steps that another model answered than the one chosen.</summary>
    public IReadOnlyList<FallbackJson> Fallbacks { get; init; } = [];

    /// <summary>Who is told of its end; null where only <c>show</c> says it.</summary>
    public IReadOnlyList<CallbackJson>? Callbacks { get; init; }
}

/// <param name="Step">Key of the step.</param>
/// <param name="Model">Which answered, as <c>provider/model</c>.</param>
/// <param name="Detail">Instead of which, and why.</param>
internal sealed record FallbackJson(string Step, string Model, string Detail);

/// <summary>A run was accepted: what <c>submit --json</c> writes, and the first line of <c>run --json</c>.</summary>
/// <param name="Type"><c>accepted</c>.</param>
/// <param name="Id">Its id.</param>
/// <param name="Existing">The same run had been accepted before.</param>
/// <param name="Simulated">Answers will be made up.</param>
internal sealed record AcceptedDocument(string Type, string Id, bool Existing, bool Simulated)
{
    /// <summary>The instance that it is pinned to; null = any.</summary>
    public string? Instance { get; init; }
}

/// <summary>Something happened: a line of <c>run</c> and <c>watch --json</c>.</summary>
internal sealed record EventDocument(string Type, string Run, long Number, DateTimeOffset At, RunEventKind Kind, string? Step, string? Detail)
{
    public static EventDocument Of(string run, RunEvent happened) =>
        new("event", run, happened.Number, happened.At, happened.Kind, happened.StepKey, happened.Detail);
}

/// <summary>The last line of a <c>run --json</c> that was interrupted.</summary>
/// <param name="Type"><c>interrupted</c>.</param>
/// <param name="Id">The run, which is kept.</param>
/// <param name="Resume">Command that goes on with it.</param>
internal sealed record InterruptedDocument(string Type, string Id, string Resume);

/// <summary><c>cancel --json</c>.</summary>
/// <param name="Id">The run.</param>
/// <param name="Cancelled">False when it had ended already.</param>
internal sealed record CancelDocument(string Id, bool Cancelled);

/// <summary><c>approve RUN STEP --json</c>.</summary>
/// <param name="Id">The run.</param>
/// <param name="Step">What was decided.</param>
/// <param name="Approved">False when it was rejected.</param>
internal sealed record ApproveDocument(string Id, string Step, bool Approved);

/// <summary><c>approve RUN --json</c>.</summary>
/// <param name="Id">The run.</param>
/// <param name="Approvals">What it asks now.</param>
internal sealed record ApprovalsDocument(string Id, IReadOnlyList<ApprovalJson> Approvals);

internal sealed record ApprovalJson(string Step, string Question);

/// <summary><c>retry --detach --json</c>.</summary>
/// <param name="Id">The run.</param>
/// <param name="Reopened">Steps that will be executed again.</param>
internal sealed record RetryDocument(string Id, int Reopened);

/// <summary><c>artifacts --json</c>.</summary>
/// <param name="Run">The run.</param>
/// <param name="Folder">Where they were exported to; null when they were only listed.</param>
/// <param name="Artifacts">Newest of each name.</param>
internal sealed record ArtifactsDocument(string Run, string? Folder, IReadOnlyList<ArtifactJson> Artifacts);

internal sealed record ArtifactJson(string Step, string Name, string Sha256, long Size);

/// <summary><c>doctor --json</c>.</summary>
internal sealed record DoctorDocument(bool Ok, IReadOnlyList<FindingJson> Findings);

internal sealed record FindingJson(string Level, string Subject, string Text, string? NextStep);

/// <summary><c>config show --json</c>.</summary>
internal sealed record ConfigDocument(string Project, string? File, IReadOnlyList<ConfigValueJson> Values);

/// <param name="Place">Such as <c>runtime.ollama.concurrency</c>.</param>
/// <param name="Value">The value, as JSON text.</param>
/// <param name="Origin">Which layer set it.</param>
internal sealed record ConfigValueJson(string Place, string Value, string Origin);

/// <summary><c>config show --instances --json</c>.</summary>
/// <param name="File">The base.</param>
internal sealed record InstancesDocument(string Project, string File, IReadOnlyList<InstanceFileJson> Instances, IReadOnlyList<string> Warnings, IReadOnlyList<string> Problems);

/// <param name="Slots">Null when the file is wrong.</param>
/// <param name="Differences">From the base.</param>
internal sealed record InstanceFileJson(string Name, string File, int? Slots, IReadOnlyList<InstanceDifferenceJson> Differences, IReadOnlyList<string> Problems);

/// <param name="Value">As JSON text; null = the instance has none.</param>
/// <param name="Origin">Which layer set it.</param>
/// <param name="Base">What the base has, as JSON text; null = none.</param>
internal sealed record InstanceDifferenceJson(string Place, string? Value, string Origin, string? Base);

/// <summary><c>config check --json</c>.</summary>
internal sealed record ConfigCheckDocument(bool Ok, string Project, string? File, IReadOnlyList<string> Findings);

/// <summary><c>simulate --json</c>.</summary>
internal sealed record SimulatorDocument(string Type, Uri Url, Uri OpenAiUrl, IReadOnlyList<string> Models);

/// <summary><c>init --json</c>.</summary>
internal sealed record InitDocument(string Project, string Model, string Provider, int Context, int Concurrency, IReadOnlyList<string> Written, IReadOnlyList<string> Kept);

/// <summary><c>worker --json</c>: the line when it has started.</summary>
/// <param name="Type"><c>started</c>.</param>
/// <param name="Instance">Its id.</param>
/// <param name="Slots">Steps that it executes at once.</param>
/// <param name="Http">Below which it serves health and metrics; null = it does not.</param>
internal sealed record WorkerDocument(string Type, string Instance, int Slots, Uri? Http);

/// <summary><c>worker --json</c>: the line when it has ended.</summary>
/// <param name="Type"><c>stopped</c>.</param>
/// <param name="Instance">Its id.</param>
/// <param name="Slots">Steps that it executed at once.</param>
/// <param name="Reason">Why it made room for a fresh process; null when it was told to stop.</param>
internal sealed record WorkerStoppedDocument(string Type, string Instance, int Slots, string? Reason);

/// <summary><c>worker --drain --json</c>.</summary>
/// <param name="Instance">Which was asked.</param>
/// <param name="Drained">False when it went silent instead of ending.</param>
internal sealed record DrainDocument(string Instance, bool Drained);

/// <summary><c>dead-letter list --json</c>.</summary>
internal sealed record DeadLettersDocument(IReadOnlyList<DeadLetterJson> DeadLetters);

internal sealed record DeadLetterJson(string Run, string RunTitle, StepJson Step);

/// <summary><c>dead-letter show --json</c>.</summary>
/// <param name="Run">Its run.</param>
/// <param name="RunTitle">Title of the run.</param>
/// <param name="Step">The step.</param>
/// <param name="Deaths">Executions that ended with their instance, oldest first.</param>
/// <param name="Input">What it was given, cut off after 4,000 characters; null when nothing was.</param>
internal sealed record DeadLetterDocument(string Run, string RunTitle, StepJson Step, IReadOnlyList<StepDeathJson> Deaths, string? Input);

internal sealed record StepDeathJson(long Execution, DateTimeOffset At, string Instance, bool Alone, string How);

/// <summary><c>prune --json</c>.</summary>
/// <param name="DryRun">Nothing was deleted.</param>
/// <param name="Deleted">How many were.</param>
/// <param name="More">There were more to be deleted than <paramref name="Runs"/> lists.</param>
/// <param name="Runs">What was to be deleted.</param>
internal sealed record PruneDocument(bool DryRun, int Deleted, bool More, IReadOnlyList<PrunedRunJson> Runs);

internal sealed record PrunedRunJson(string Id, string Title, RunStatus Status, DateTimeOffset? FinishedAt);

/// <summary><c>store check --json</c>.</summary>
internal sealed record StoreCheckDocument(bool Ok, StoreContentsJson Store, IReadOnlyList<string> Problems);

/// <summary><c>store backup --json</c>.</summary>
internal sealed record BackupDocument(string File, StoreContentsJson Store);

/// <summary><c>store restore --json</c>.</summary>
/// <param name="File">The backup.</param>
/// <param name="Path">The store that it was put in place of.</param>
/// <param name="Replaced">Where the file is now that was there before; null when there was none.</param>
/// <param name="Store">What it holds.</param>
internal sealed record RestoreDocument(string File, string Path, string? Replaced, StoreContentsJson Store);

/// <summary><c>store figures --json</c>.</summary>
internal sealed record FiguresDocument(DateTimeOffset From, DateTimeOffset To, bool Hourly, IReadOnlyList<FigureJson> Figures);

/// <summary><c>store copy --json</c>.</summary>
/// <param name="From">The store that was copied; it is closed now.</param>
/// <param name="To">Where its runs go on.</param>
/// <param name="Runs">By status; every status is there.</param>
/// <param name="Copied">Runs copied now, read back and found to be the same.</param>
/// <param name="There">Runs that were there already.</param>
/// <param name="GoneOn">Of those copied: runs that a worker there had gone on with when they were read back.</param>
/// <param name="Steps">Copied now, as are the others.</param>
/// <param name="Events">Of runs.</param>
/// <param name="Artifacts">Files.</param>
/// <param name="Contents">Inputs, results and artifacts that stand by themselves.</param>
/// <param name="Bytes">What those take, packed.</param>
/// <param name="Figures">Rows of hourly figures.</param>
/// <param name="LogLines">Of the logs of runs.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record CopyDocument(
    string From, string To, IReadOnlyDictionary<string, long> Runs, int Copied, int There, int GoneOn, long Steps, long Events, long Artifacts, long Contents, long Bytes, long Figures, long LogLines, double Seconds);

/// <summary><c>store copy --dry-run --json</c>.</summary>
/// <param name="From">The store that would be copied.</param>
/// <param name="To">Where to.</param>
/// <param name="Ok">Nothing is in the way.</param>
/// <param name="Runs">By status; every status is there.</param>
/// <param name="Steps">Of all runs.</param>
/// <param name="OpenSteps">Those that have not ended.</param>
/// <param name="There">Runs that are there already.</param>
/// <param name="Clashes">Ids of which there are other runs there.</param>
/// <param name="Live">Instances that work on the store.</param>
/// <param name="ClosedFor">Where its runs go on already; null = it is open.</param>
internal sealed record CopyPlanDocument(
    string From, string To, bool Ok, IReadOnlyDictionary<string, long> Runs, long Steps, long OpenSteps, int There, IReadOnlyList<string> Clashes, IReadOnlyList<string> Live, string? ClosedFor);

/// <summary><c>store reopen --json</c>.</summary>
/// <param name="Store">Which.</param>
/// <param name="Reopened">False when it was open.</param>
internal sealed record ReopenDocument(string Store, bool Reopened);
