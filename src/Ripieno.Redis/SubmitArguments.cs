using Ripieno.Redis.Values;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>A submission on its way to <c>submit.lua</c>.</summary>
/// <param name="RunId">Of the run.</param>
/// <param name="Snapshot">Many runs have the same.</param>
/// <param name="Head">What comes before the snapshot.</param>
/// <param name="Rest">What comes behind it.</param>
internal sealed record SubmitArguments(string RunId, PackedContent Snapshot, Arguments Head, Arguments Rest)
{
    /// <param name="submission">The run.</param>
    /// <param name="steps">Its steps.</param>
    /// <param name="mostRuns">Runs of its tenant in its partition at which it is refused; null = any number.</param>
    public static SubmitArguments Of(RunSubmission submission, StepBatch steps, long? mostRuns)
    {
        var snapshot = PackedContent.Pack(submission.Snapshot.Span);
        var input = PackedContent.Of(submission.Input);
        var hash = ContentHash.FromBytes(snapshot.Hash);
        return new(
            submission.Id,
            snapshot,
            new Arguments().Add(submission.Fingerprint.ToBytes()).Add(Guid.NewGuid().ToByteArray()).Add(mostRuns is { } most ? most : RedisValue.EmptyString)
                .Add(RunInfo.Encode(submission, hash, input is null ? null : ContentHash.FromBytes(input.Hash))).Add(RunTerms.Encode(submission, hash)),
            new Arguments().Add(input?.Hash ?? RedisValue.EmptyString).Add(input is null ? RedisValue.EmptyString : ContentValue.Encode(input)).AddSteps(steps, 0, steps.Count));
    }

    /// <summary>Submissions of one call.</summary>
    /// <param name="submissions">In this order they are accepted.</param>
    /// <param name="mostOpen">Open steps that the partition takes; null = any number.</param>
    public static Arguments Join(IReadOnlyList<SubmitArguments> submissions, long? mostOpen)
    {
        var snapshots = new Numbered<string>(StringComparer.Ordinal);
        var (values, body) = (new Arguments(), new Arguments());
        foreach (var one in submissions)
        {
            var known = snapshots.All.Count;
            var place = snapshots.Number(Convert.ToHexString(one.Snapshot.Hash));
            if (place > known)
                values.Add(one.Snapshot.Hash).Add(ContentValue.Encode(one.Snapshot));
            body.AddAll(one.Head).Add(place).AddAll(one.Rest);
        }

        return new Arguments().Add(mostOpen is { } most ? most : RedisValue.EmptyString).Add(snapshots.All.Count).AddAll(values).Add(submissions.Count).AddAll(body);
    }
}
