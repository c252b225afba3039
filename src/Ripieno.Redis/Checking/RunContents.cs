using Ripieno.Errors;
using Ripieno.Redis.Values;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Checking;

/// <summary>Every content of a run held against its hash, and every hash that the run names held against its contents.</summary>
internal static class RunContents
{
    /// <summary>Contents read at a time: one may have 16 MB.</summary>
    private const int Page = 8;

    /// <param name="db">The server.</param>
    /// <param name="partition">Of the run.</param>
    /// <param name="run">Read before: contents are only ever added.</param>
    public static async Task<List<string>> BrokenAsync(IDatabase db, Partition partition, RunPicture run)
    {
        var problems = new List<string>();
        var key = partition.Run(run.Id);
        var present = (await db.HashKeysAsync(key, CommandFlags.DemandMaster)).Where(IsContent).ToArray();
        foreach (var page in present.Chunk(Page))
        {
            var bodies = await db.HashGetAsync(key, page, CommandFlags.DemandMaster);
            problems.AddRange(page.Zip(bodies).Where(pair => !pair.Second.IsNull && !IsIntact(Hash(pair.First), pair.Second)).Select(_ => $"{run.Id}: a content is not what was stored"));
        }

        var hashes = present.Select(Hash).ToHashSet();
        if (run.Run.Info.Input is { } input && !hashes.Contains(input))
            problems.Add($"{run.Id}: its input is missing");
        foreach (var step in run.Steps.Values)
        {
            if (step.Constants is { Input: { } own, InlineInput: { } inline } && !IsIntact(own, inline))
                problems.Add($"{run.Id} {step.Constants.Key}: its input is not what was stored");
            if (step.Result is { IsInline: true } result && !PackedContent.IsIntact(result.Hash.ToBytes(), result.Body, result.SignedSize))
                problems.Add($"{run.Id} {step.Constants.Key}: a content is not what was stored");
            if (Named(step).Any(hash => !hashes.Contains(hash)))
                problems.Add($"{run.Id} {step.Constants.Key}: a content is missing");
        }

        return problems;
    }

    public static bool IsIntact(ContentHash hash, RedisValue stored)
    {
        try
        {
            ContentValue.Decode(hash.ToBytes(), stored);
            return true;
        }
        catch (StoreDamagedException)
        {
            return false;
        }
    }

    private static IEnumerable<ContentHash> Named(RunPicture.StepPicture step)
    {
        if (step.Constants is { Input: { } input, InlineInput: null })
            yield return input;
        if (step.Result is { IsInline: false } result)
            yield return result.Hash;
        foreach (var artifact in step.Artifacts)
            yield return artifact;
    }

    private static bool IsContent(RedisValue field) => field.Length() == 33 && ((ReadOnlyMemory<byte>)field).Span[0] == 'c';

    private static ContentHash Hash(RedisValue field) => ContentHash.FromBytes(((ReadOnlyMemory<byte>)field).Span[1..]);
}
