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

    /// <summary>When it last became ready, in milliseconds, 0 = never; so are the others.</summary>
    public required long Since { get; init; }

    public required long Claimed { get; init; }

    public required long Due { get; init; }

    public required long Started { get; init; }

    public required long Finished { get; init; }

    public required TokenUsage Usage { get; init; }

    public required string? Reason { get; init; }

    public static StepValue Decode(RedisValue value)
    {
        var reader = new ValueReader("The state of a step", value);
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
            Since = reader.U8(),
            Claimed = reader.U8(),
            Due = reader.U8(),
            Started = reader.U8(),
            Finished = reader.U8(),
            Usage = new(reader.U8(), reader.U8()),
            Reason = reader.RestText(),
        };
    }

    private static int? Index(int stored) => stored < 0 ? null : stored;
}
