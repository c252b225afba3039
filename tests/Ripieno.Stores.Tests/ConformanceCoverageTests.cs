namespace Ripieno.Stores.Tests;

public sealed class ConformanceCoverageTests
{
    /// <summary>A store joins with one line for each area; forgetting one would leave that area untested without a word.</summary>
    [Fact]
    public void Every_area_runs_on_every_store()
    {
        var types = typeof(ConformanceCoverageTests).Assembly.GetTypes();
        var areas = types.Where(type => type is { IsAbstract: true, IsGenericTypeDefinition: true } && IsArea(type.BaseType)).ToList();
        var fixtures = types.Where(type => type is { IsAbstract: false } && type.IsSubclassOf(typeof(StoreFixture))).ToList();

        var missing = areas
            .SelectMany(area => fixtures.Select(fixture => area.MakeGenericType(fixture)))
            .Where(wanted => !types.Any(type => type is { IsSealed: true, IsPublic: true } && type.BaseType == wanted))
            .Select(wanted => wanted.ToString());

        Assert.True(areas.Count >= 12, "The areas were not found.");
        Assert.NotEmpty(fixtures);
        Assert.Empty(missing);
    }

    private static bool IsArea(Type? type) => type is { IsGenericType: true } && type.GetGenericTypeDefinition() == typeof(Conformance.StoreConformance<>);
}
