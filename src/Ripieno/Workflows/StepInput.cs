using System.Collections.Immutable;
using System.Text.Json;
using Ripieno.Agents.Tasks;

namespace Ripieno.Workflows;

/// <summary>What a step of a user's workflow is begun with: where it stands in its run, and which round it is.</summary>
internal sealed record StepInput
{
    /// <summary>A step at the top of a run.</summary>
    public static readonly StepInput Top = new();

    /// <summary>Beginnings of the keys of the steps around it: of those at the top (empty), then of each group that it is inside of.</summary>
    public ImmutableArray<string> Scopes { get; init; } = [""];

    /// <summary>The item that the step, or the innermost group around it that was made for an item, is for.</summary>
    public JsonElement? Item { get; init; }

    /// <summary>The item's place in its list, from 1; 0 = there is none.</summary>
    public int Index { get; init; }

    /// <summary>From 1; each revision is one more.</summary>
    public int Round { get; init; } = 1;

    /// <summary>Of a step that is reviewed: the round after whose review there are no more revisions.</summary>
    public int LastRound { get; init; }

    /// <summary>Key of the first round; null in the first round itself.</summary>
    public string? Subject { get; init; }

    /// <summary>What people are asked, of an approval.</summary>
    public string? Question { get; init; }

    /// <summary>What reviewers asked for in earlier rounds.</summary>
    public ImmutableArray<RoundNotes> Notes { get; init; } = [];

    /// <param name="notes">Why there is another round.</param>
    /// <param name="lastRound">See <see cref="LastRound"/>.</param>
    public StepInput Next(string notes, int lastRound) => this with
    {
        Round = Round + 1,
        LastRound = lastRound,
        Notes = [.. Notes, RoundNotes.Of(Round, notes)],
    };

    public static StepInput Read(ReadOnlyMemory<byte> stored) =>
        stored.IsEmpty ? Top : JsonSerializer.Deserialize(stored.Span, WorkflowJson.Default.StepInput) ?? Top;

    public ReadOnlyMemory<byte> Write() => JsonSerializer.SerializeToUtf8Bytes(this, WorkflowJson.Default.StepInput);
}

/// <summary>Result of a step that became one for each item of a list: the last parts of their keys, in the order of the list.</summary>
internal sealed record ItemKeys(ImmutableArray<string> Items);
