using Ripieno.Runs;

namespace Ripieno.Storage.Moving;

/// <summary>
/// A run on its way into a store. Told of each part before it is written, it adds up what the store needs to make the run appear with the last one: much less than the run, and nothing of
/// most of its steps.
/// </summary>
/// <param name="runId">Of the run.</param>
internal sealed class RunDraft(string runId) : IDisposable
{
    private readonly ImageDigest _digest = new();
    private readonly Dictionary<string, int> _definitions = new(StringComparer.Ordinal);
    private readonly List<long[]> _counts = [];
    private readonly Dictionary<StepClass, ReadyClass> _ready = [];
    private readonly List<(int Index, DateTimeOffset DueAt)> _waiting = [];
    private readonly List<(int Index, StepClass Class)> _suspects = [];
    private readonly List<(int Index, DateTimeOffset At)> _dead = [];

    public string RunId { get; } = runId;

    /// <summary>Tells this writing of the run from another that began later, which takes its place.</summary>
    public Guid Token { get; } = Guid.NewGuid();

    public RunImage Run { get; private set; } = null!;

    public PackedContent Snapshot { get; private set; } = null!;

    /// <summary>Of the whole image; null until the last part was added.</summary>
    public ContentHash? Digest { get; private set; }

    /// <summary>Names of step definitions in the order in which they were met: a definition's number is its place.</summary>
    public IReadOnlyList<string> Definitions => [.. _definitions.Keys];

    /// <summary>For each definition its steps by status.</summary>
    public IReadOnlyList<long[]> Counts => _counts;

    /// <summary>Classes in which the run has something to claim, suspects aside.</summary>
    public IReadOnlyCollection<ReadyClass> Ready => _ready.Values;

    public IReadOnlyList<(int Index, DateTimeOffset DueAt)> Waiting => _waiting;

    /// <summary>Ready steps that two instances have died of.</summary>
    public IReadOnlyList<(int Index, StepClass Class)> Suspects => _suspects;

    public IReadOnlyList<(int Index, DateTimeOffset At)> Dead => _dead;

    public int DefinitionOf(StepImage step) => _definitions[step.Definition];

    public void Add(ImagePart part)
    {
        (Run, Snapshot) = (part.Run ?? Run, part.Snapshot ?? Snapshot);
        _digest.Add(part);
        foreach (var step in part.Steps)
            Add(step);
        if (part.IsLast)
            Digest = _digest.Finish();
    }

    /// <summary>A run of this id is there already.</summary>
    public static Errors.ConflictException Existing(string runId) => new($"The destination has a run '{runId}' already.");

    /// <summary>Another writing of the run has begun since, or what was written was dropped.</summary>
    public static Errors.ConflictException Overtaken(string runId) => new($"Another copy has begun to write run '{runId}' into the same store. Let that one end, then repeat this one.");

    public void Dispose() => _digest.Dispose();

    private void Add(StepImage step)
    {
        if (_definitions.TryAdd(step.Definition, _definitions.Count))
            _counts.Add(new long[(int)StepStatus.Cancelled + 1]);
        _counts[_definitions[step.Definition]][(int)step.State.Status]++;
        switch (step.State.Status)
        {
            case StepStatus.Running:
                throw new Errors.ConflictException($"Step '{step.Key}' of run '{RunId}' is running: a run is copied only when nobody holds anything of it.");
            case StepStatus.Waiting:
                _waiting.Add((step.Index, step.DueAt!.Value));
                break;
            case StepStatus.DeadLettered:
                _dead.Add((step.Index, step.FinishedAt!.Value));
                break;
            case StepStatus.Ready when step.State.IsSuspect:
                _suspects.Add((step.Index, step.Class));
                break;
            case StepStatus.Ready:
                _ready[step.Class] = _ready.TryGetValue(step.Class, out var others)
                    ? others with { Count = others.Count + 1 }
                    : new(step.Class, step.Index, step.Priority, 1);
                break;
        }
    }
}

/// <summary>What a run has to offer in a class.</summary>
/// <param name="Class">The class.</param>
/// <param name="First">Index of one of its ready steps.</param>
/// <param name="Priority">Of that one.</param>
/// <param name="Count">How many there are.</param>
internal sealed record ReadyClass(StepClass Class, int First, int Priority, int Count);
