using System.Globalization;
using Ripieno.Redis.Values;
using Ripieno.Runs;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>Steps that a script has handed out, as it answers them (<c>hand.lua</c>).</summary>
internal static class HandedOut
{
    /// <summary>A class, as scripts name it.</summary>
    public static string NameOf(StepClass stepClass) => $"{stepClass.Queue}\0{stepClass.Executor}";

    /// <summary>Steps that a script has handed out: the names that they share, and three texts for each.</summary>
    /// <param name="reply">What it has answered.</param>
    /// <param name="at">Where the names' count stands; then behind the last step.</param>
    /// <param name="asked">Of a step's place (from 1): its run, and the classes that were asked for.</param>
    /// <returns>Each step with its place.</returns>
    public static List<(int Place, PackedClaim Claim)> Read(RedisResult[] reply, ref int at, Func<int, (string RunId, IReadOnlyList<StepClass> Classes)> asked)
    {
        var names = reply.AsSpan(at + 1, Count(reply[at]));
        at += 1 + names.Length;
        var taken = new List<(int, PackedClaim)>(Count(reply[at++]));
        for (; taken.Count < taken.Capacity; at += 3)
        {
            var head = new ValueReader("A claim", (RedisValue)reply[at]);
            var place = head.U2();
            var (runId, classes) = asked(place);
            var (index, epoch) = (head.Count(), head.U4());
            var (generation, attempts, alone, stepClass) = (head.U2(), head.U2(), head.Flag(), head.U2());
            var (definition, snapshot) = (names[head.U2() - 1], names[head.U2() - 1]);
            var waited = head.U4();
            var constants = StepConstants.Decode((RedisValue)reply[at + 1]);
            taken.Add((place, new(
                new()
                {
                    Lease = new(runId, index, epoch),
                    Key = constants.Key,
                    Definition = (string)definition!,
                    Class = classes[stepClass - 1],
                    Generation = generation,
                    FailedAttempts = attempts,
                    Alone = alone,
                    Waited = waited == uint.MaxValue ? null : TimeSpan.FromMilliseconds(waited),
                    Input = default,
                    SnapshotHash = ContentHash.FromBytes((byte[])snapshot!),
                },
                constants.Input, constants.InlineInput ?? (RedisValue)reply[at + 2])));
        }

        return taken;
    }

    private static int Count(RedisResult result) => int.Parse((string)result!, CultureInfo.InvariantCulture);
}

/// <summary>A claimed step whose input is still packed.</summary>
internal sealed record PackedClaim(ClaimedStep Step, ContentHash? InputHash, RedisValue Input)
{
    /// <exception cref="Errors.StoreDamagedException">The input is missing or damaged.</exception>
    public ClaimedStep Unpack() => InputHash is not { } hash
        ? Step
        : Input.IsNullOrEmpty ? throw new Errors.StoreDamagedException($"The input of step '{Step.Key}' of run '{Step.Lease.RunId}' is missing")
        : Step with { Input = ContentValue.Decode(hash.ToBytes(), Input) };
}
