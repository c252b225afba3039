using Ripieno.Runs;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>A step's state (<c>s</c>); the layout is in <c>README.md</c>. Written by scripts only.</summary>
internal sealed record StepValue
{
    /// <summary>Status of a step that an expansion has written ahead and that nobody sees yet.</summary>
    public const byte Staged = 255;

    /// <summary>Reads as <see cref="StepStatus.Blocked"/> while <see cref="IsStaged"/>.</summary>
    public required StepState State { get; init; }

    public required bool IsStaged { get; init; }

    public required int Definition { get; init; }

    public required int Class { get; init; }

    public required int? Parent { get; init; }

    /// <summary>Minus its priority: lower goes first.</summary>
    public required int Rank { get; init; }

    public required int? Accepted { get; init; }

    /// <summary>Number of the instance that executes it; 0 = none.</summary>
    public required uint Owner { get; init; }

    /// <summary>How many steps depend on it so far.</summary>
    public required int Fan { get; init; }

    /// <summary>When it last became ready, in milliseconds, 0 = never; so are the others.</summary>
    public required long Since { get; init; }

    public required long Claimed { get; init; }

    public required long Due { get; init; }

    public required long Started { get; init; }

    public required long Finished { get; init; }

    public required TokenUsage Usage { get; init; }

    public required string? Reason { get; init; }

    /// <summary>Bytes of a state without its reason.</summary>
    public const int Size = 114;

    public static StepValue Decode(RedisValue value) => Decode(new ValueReader("The state of a step", value));

    /// <param name="state"><see cref="Size"/> bytes.</param>
    public static StepValue Decode(ReadOnlySpan<byte> state) => Decode(new ValueReader("The state of a step", state));

    private static StepValue Decode(ValueReader reader)
    {
        var (status, trigger) = (reader.U1(), reader.U1());
        if (status is > (byte)StepStatus.Cancelled and not Staged || trigger > (byte)Trigger.AllDone)
            throw reader.Damaged();
        var (definition, stepClass) = (reader.U2(), reader.U2());
        // Initialisers run in the order in which they stand, which is the order of the layout.
        var state = new StepState
        {
            Status = status == Staged ? StepStatus.Blocked : (StepStatus)status,
            Trigger = (Trigger)trigger,
            Generation = reader.U2(),
            FailedAttempts = reader.U2(),
            Deaths = reader.U2(),
            DeathsAlone = reader.U2(),
            Epoch = reader.U4(),
            RecordedEpoch = reader.U4(),
            Pending = reader.Count(),
            BrokenDependencies = reader.Count(),
            OpenMembers = reader.Count(),
            BrokenMembers = reader.Count(),
        };
        return new()
        {
            State = state,
            IsStaged = status == Staged,
            Definition = definition,
            Class = stepClass,
            Parent = Index(reader.I4()),
            Rank = reader.I4(),
            Accepted = Index(reader.I4()),
            Owner = reader.U4(),
            Fan = reader.Count(),
            Since = reader.U8(),
            Claimed = reader.U8(),
            // Of a step that has succeeded it stands for the one that was handed out with its report.
            Due = reader.U8() is var due && status == (byte)StepStatus.Succeeded ? 0 : due,
            Started = reader.U8(),
            Finished = reader.U8(),
            Usage = new(reader.U8(), reader.U8()),
            Reason = reader.RestText(),
        };
    }

    /// <summary>The state of a step that a retry opens again: nothing of its last end is left.</summary>
    public static byte[] EncodeReopened(StepValue step, StepState state, long now) => new ValueWriter()
        .U1((byte)state.Status).U1((byte)state.Trigger).U2(step.Definition).U2(step.Class).U2(state.Generation).U2(state.FailedAttempts).U2(state.Deaths).U2(state.DeathsAlone)
        .U4(state.Epoch).U4(state.RecordedEpoch).U4(state.Pending).U4(state.BrokenDependencies).U4(state.OpenMembers).U4(state.BrokenMembers)
        .I4(step.Parent ?? -1).I4(step.Rank).I4(step.Accepted ?? -1).U4(0).U4(step.Fan)
        .I8(now).I8(step.Claimed).I8(0).I8(state.Status == StepStatus.Expanded ? step.Started : 0).I8(0).I8(step.Usage.Input).I8(step.Usage.Output).ToArray();

    /// <summary>The state of a step that comes from another store. The number of its class is the script's to give.</summary>
    /// <param name="step">Not running.</param>
    /// <param name="definition">Number of its definition in the run.</param>
    public static byte[] Encode(Storage.Moving.StepImage step, int definition) => new ValueWriter()
        .U1((byte)step.State.Status).U1((byte)step.State.Trigger).U2(definition).U2(0).U2(step.State.Generation).U2(step.State.FailedAttempts).U2(step.State.Deaths).U2(step.State.DeathsAlone)
        .U4(step.State.Epoch).U4(step.State.RecordedEpoch).U4(step.State.Pending).U4(step.State.BrokenDependencies).U4(step.State.OpenMembers).U4(step.State.BrokenMembers)
        .I4(step.Parent ?? -1).I4(-step.Priority).I4(step.Accepted ?? -1).U4(0).U4(step.Dependents.Count)
        .I8(Time(step.ReadyAt)).I8(Time(step.ClaimedAt)).I8(Time(step.DueAt)).I8(Time(step.StartedAt)).I8(Time(step.FinishedAt)).I8(step.Usage.Input).I8(step.Usage.Output)
        .Bytes(System.Text.Encoding.UTF8.GetBytes(step.Reason ?? "")).ToArray();

    /// <summary>Milliseconds, 0 = none.</summary>
    public static long Time(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds() ?? 0;

    private static int? Index(int stored) => stored < 0 ? null : stored;
}
