using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>
/// Names of a run's step definitions (<c>f</c>: each <c>u2</c> length + text; a definition's number is its place, from 0), and how many of its steps are where (<c>n</c>: for each
/// definition ten <c>u4</c>, by status; nothing for those behind the last that has steps). A small run has no <c>n</c>; its steps are counted
/// when somebody looks. Written by scripts only.
/// </summary>
internal static class DefinitionsValue
{
    public const int Statuses = 10;

    public static List<string> DecodeNames(RedisValue value)
    {
        var names = new List<string>();
        var reader = new ValueReader("The step definitions of a run", value);
        while (!reader.IsAtEnd)
            names.Add(reader.Text());
        return names;
    }

    public static byte[] EncodeNames(IEnumerable<string> names)
    {
        var writer = new ValueWriter();
        foreach (var name in names)
            writer.Text("the name of a step's definition", name);
        return writer.ToArray();
    }

    /// <param name="counts">For each definition its steps by status.</param>
    public static byte[] EncodeCounts(IEnumerable<long[]> counts)
    {
        var writer = new ValueWriter();
        foreach (var count in counts.SelectMany(ofDefinition => ofDefinition))
            writer.U4(count);
        return writer.ToArray();
    }

    /// <summary>Steps of a small run.</summary>
    /// <param name="steps">Their states; null = there is none of this index.</param>
    /// <param name="names">Of definitions.</param>
    public static List<StepCount> Count(IEnumerable<StepValue?> steps, List<string> names) =>
    [
        .. steps.OfType<StepValue>().Where(step => !step.IsStaged)
            .CountBy(step => (step.Definition, step.State.Status)).OrderBy(pair => pair.Key)
            .Select(pair => new StepCount(
                pair.Key.Definition < names.Count ? names[pair.Key.Definition] : throw new StoreDamagedException("The step definitions of a run are cut short or malformed"), pair.Key.Status, pair.Value)),
    ];

    /// <summary>Combinations without steps are left out.</summary>
    public static List<StepCount> DecodeCounts(RedisValue value, List<string> names)
    {
        var counts = new List<StepCount>();
        var reader = new ValueReader("The step counts of a run", value);
        for (var definition = 0; !reader.IsAtEnd; definition++)
        {
            if (definition == names.Count)
                throw reader.Damaged();
            for (var status = 0; status < Statuses; status++)
            {
                if (reader.Count() is > 0 and var count)
                    counts.Add(new(names[definition], (StepStatus)status, count));
            }
        }

        return counts;
    }
}
