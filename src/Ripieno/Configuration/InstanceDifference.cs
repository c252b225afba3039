using Ripieno.Documents;

namespace Ripieno.Configuration;

/// <summary>A value that an instance has otherwise than the base.</summary>
/// <param name="Place">For example <c>runtime.concurrency</c>.</param>
/// <param name="Value">As JSON; null = the instance has none.</param>
/// <param name="Origin">Which layer set it; for one that is missing, what set the section around it.</param>
/// <param name="Base">What the base has, as JSON; null = none.</param>
internal sealed record InstanceDifference(string Place, string? Value, Origin Origin, string? Base)
{
    /// <summary>Of two configurations, value by value, in the order in which <c>config show</c> prints them.</summary>
    public static IReadOnlyList<InstanceDifference> Of(LoadedConfiguration own, LoadedConfiguration below)
    {
        var values = EffectiveConfiguration.Values(own);
        var under = EffectiveConfiguration.Values(below).ToDictionary(value => value.Place, value => value.Value, StringComparer.Ordinal);
        var places = values.Select(value => value.Place).ToHashSet(StringComparer.Ordinal);
        return
        [
            // A default of something that only the instance has says nothing: nobody wrote it.
            .. values.Where(value => under.GetValueOrDefault(value.Place) != value.Value && (value.Origin.Kind != OriginKind.Default || under.ContainsKey(value.Place)))
                .Select(value => new InstanceDifference(value.Place, value.Value, value.Origin, under.GetValueOrDefault(value.Place))),
            .. under.Where(value => !places.Contains(value.Key))
                .Select(value => new InstanceDifference(value.Key, null, own.Origins.Near(value.Key), value.Value)),
        ];
    }
}
