using Ripieno.Stores.Tests.Conformance;
using Ripieno.Stores.Tests.Redis;

namespace Ripieno.Stores.Tests;

public sealed class ConformanceCoverageTests
{
    /// <summary>
    /// Areas that a fixture leaves out. In a store of several parts, who is next is exact within a part only: across them a claim takes from one part after another.
    /// </summary>
    private static readonly (Type Fixture, Type Area)[] LeftOut =
    [
        (typeof(PartedRedisFixture), typeof(FairShareConformance<>)),
        (typeof(PartedRedisFixture), typeof(ClaimingConformance<>)),
        (typeof(PartedRedisFixture), typeof(FollowUpOrderConformance<>)),
        (typeof(ClusterRedisFixture), typeof(FollowUpOrderConformance<>)),
        // Each part takes its share of the bound.
        (typeof(PartedRedisFixture), typeof(MaxQueuedConformance<>)),
        (typeof(ClusterRedisFixture), typeof(MaxQueuedConformance<>)),
        (typeof(ClusterRedisFixture), typeof(FairShareConformance<>)),
        (typeof(ClusterRedisFixture), typeof(ClaimingConformance<>)),
    ];

    /// <summary>A store joins with one line for each area; forgetting one would leave that area untested without a word.</summary>
    [Fact]
    public void Every_area_runs_on_every_store()
    {
        var types = typeof(ConformanceCoverageTests).Assembly.GetTypes();
        var areas = types.Where(type => type is { IsAbstract: true, IsGenericTypeDefinition: true, IsNested: false } && type != typeof(StoreConformance<>)
            && type.Namespace == typeof(StoreConformance<>).Namespace).ToList();
        var fixtures = types.Where(type => type is { IsAbstract: false } && type.IsSubclassOf(typeof(StoreFixture))).ToList();

        var missing = areas
            .SelectMany(area => fixtures.Where(fixture => !LeftOut.Contains((fixture, area))).Select(fixture => area.MakeGenericType(fixture)))
            .Where(wanted => !types.Any(type => type is { IsSealed: true, IsPublic: true } && type.BaseType == wanted))
            .Select(wanted => wanted.ToString());

        Assert.True(areas.Count >= 18, "The areas were not found.");
        Assert.True(fixtures.Count >= 6, "The fixtures were not found.");
        Assert.Empty(missing);
    }
}
