using System.Collections.Concurrent;
using CsCheck;
using Ripieno.Stores.Tests.Model;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>Random sequences of operations on the store and on the reference model, compared after each.</summary>
public abstract class RandomOperationsConformance<TFixture> where TFixture : StoreFixture, new()
{
    // Verbs that move the run along come up more often than those that end it.
    private static readonly Gen<RandomOperation[]> Sequences = Of(
        (8, RandomVerb.Claim), (6, RandomVerb.Complete), (4, RandomVerb.Expand), (2, RandomVerb.Rounds), (2, RandomVerb.Fail), (4, RandomVerb.FailForGood),
        (2, RandomVerb.Park), (2, RandomVerb.Release), (2, RandomVerb.Report), (2, RandomVerb.Pass), (1, RandomVerb.Die), (1, RandomVerb.Stop), (1, RandomVerb.Renew),
        (3, RandomVerb.Retry), (1, RandomVerb.Cancel), (1, RandomVerb.Reopen));

    // Instances die so often that steps become suspect, and more often than not are given up.
    private static readonly Gen<RandomOperation[]> Deadly = Of(
        (10, RandomVerb.Claim), (8, RandomVerb.Die), (1, RandomVerb.Complete), (1, RandomVerb.Expand), (1, RandomVerb.Release), (2, RandomVerb.Report), (2, RandomVerb.Pass),
        (1, RandomVerb.Stop), (2, RandomVerb.Renew), (2, RandomVerb.Retry), (1, RandomVerb.Reopen));

    /// <summary>What must have come up.</summary>
    private static readonly string[] Corners = ["claimed alone", "dead-lettered", "expanded beyond a batch", "lost", "retried", "cancelled", "kept from beginning"];

    /// <summary>Usually long enough to come to every corner.</summary>
    private static readonly int LongWalk = Storms.Long ? 20 : 12;

    private const int MostRounds = 6;

    /// <summary>Seconds that the walks take together. Of shorter walks not every corner is asked: the store's plain fixture walks far enough.</summary>
    private protected virtual int Seconds => LongWalk;

    /// <summary>A failure prints its seed; put it into <c>CsCheck_Seed</c> to see it again.</summary>
    [Fact]
    [Trait("Promise", "I3")]
    [Trait("Promise", "I4")]
    [Trait("Promise", "I9")]
    public async Task The_store_does_what_the_model_says()
    {
        var lines = new List<string>();
        var seen = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        string[] corners = [.. Corners, .. new TFixture().FollowsUp ? ["followed up"] : (string[])[]];
        // A slow machine walks less far in the same time, and then goes on.
        for (var round = 0; round == 0 || (round < MostRounds && Seconds == LongWalk && !corners.All(seen.ContainsKey)); round++)
        {
            await Gen.Select(Gen.Int[0, 1_000_000], Gen.Frequency((3, Sequences), (1, Deadly))).SampleAsync(
                async (shape, operations) =>
                {
                    await using var fixture = new TFixture();
                    await new RandomWalk(fixture, seen).GoAsync(shape, operations);
                },
                writeLine: lines.Add, time: Seconds, threads: 2);
        }

        lines.Add(string.Join(", ", seen.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}")));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(Environment.NewLine, lines));
        if (Seconds < LongWalk)
            return;
        Assert.All(corners, corner => Assert.True(seen.ContainsKey(corner), corner + " never came up"));
    }

    private static Gen<RandomOperation[]> Of(params (int Frequency, RandomVerb Verb)[] verbs) => Gen.Select(
        Gen.Frequency([.. verbs.Select(one => (one.Frequency, (IGen<RandomVerb>)Gen.Const(one.Verb)))]), Gen.Int[0, 1000], Gen.Int[0, 1_000_000],
        (verb, pick, shape) => new RandomOperation(verb, pick, shape)).Array[10, 80];
}
