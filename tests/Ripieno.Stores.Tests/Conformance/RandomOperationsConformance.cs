using CsCheck;
using Ripieno.Stores.Tests.Model;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>Random sequences of operations on the store and on the reference model, compared after each.</summary>
public abstract class RandomOperationsConformance<TFixture> where TFixture : StoreFixture, new()
{
    // Verbs that move the run along come up more often than those that end it.
    private static readonly Gen<RandomOperation[]> Sequences = Gen.Select(
        Gen.Frequency(
            (8, Gen.Const(RandomVerb.Claim)), (6, Gen.Const(RandomVerb.Complete)), (4, Gen.Const(RandomVerb.Expand)), (2, Gen.Const(RandomVerb.Rounds)),
            (2, Gen.Const(RandomVerb.Fail)), (4, Gen.Const(RandomVerb.FailForGood)), (2, Gen.Const(RandomVerb.Park)), (2, Gen.Const(RandomVerb.Release)),
            (2, Gen.Const(RandomVerb.Report)), (2, Gen.Const(RandomVerb.Pass)), (1, Gen.Const(RandomVerb.Die)), (1, Gen.Const(RandomVerb.Stop)),
            (1, Gen.Const(RandomVerb.Renew)), (3, Gen.Const(RandomVerb.Retry)), (1, Gen.Const(RandomVerb.Cancel)), (1, Gen.Const(RandomVerb.Reopen))),
        Gen.Int[0, 1000], Gen.Int[0, 1_000_000], (verb, pick, shape) => new RandomOperation(verb, pick, shape)).Array[10, 80];

    /// <summary>A failure prints its seed; put it into <c>CsCheck_Seed</c> to see it again.</summary>
    [Fact]
    public async Task The_store_does_what_the_model_says()
    {
        var lines = new List<string>();
        await Gen.Select(Gen.Int[0, 1_000_000], Sequences).SampleAsync(
            async (shape, operations) =>
            {
                await using var fixture = new TFixture();
                await new RandomWalk(fixture).GoAsync(shape, operations);
            },
            writeLine: lines.Add, time: 20, threads: 2);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(Environment.NewLine, lines));
    }
}
