namespace Ripieno.Stores.Tests;

public sealed class ConformanceCoverageTests
{
    /// <summary>A store joins with one line for each area; forgetting one would leave that area untested without a word.</summary>
    [Fact]
    public void Every_area_runs_on_every_store()
    {
        var types = typeof(ConformanceCoverageTests).Assembly.GetTypes();
        var areas = types.Where(type => type is { IsAbstract: true, IsGenericTypeDefinition: true, IsNested: false } && type != typeof(Conformance.StoreConformance<>)
            && type.Namespace == typeof(Conformance.StoreConformance<>).Namespace).ToList();
        var fixtures = types.Where(type => type is { IsAbstract: false } && type.IsSubclassOf(typeof(StoreFixture))).ToList();

        var missing = areas
            .SelectMany(area => fixtures.Select(fixture => area.MakeGenericType(fixture)))
            .Where(wanted => !types.Any(type => type is { IsSealed: true, IsPublic: true } && type.BaseType == wanted))
            .Select(wanted => wanted.ToString());

        Assert.True(areas.Count >= 18, "The areas were not found.");
        Assert.NotEmpty(fixtures);
        Assert.Empty(missing);
    }
}
