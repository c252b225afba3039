using Ripieno.Cluster;
using Ripieno.Tests.Configuration;

namespace Ripieno.Tests.Cluster;

/// <summary>What an instance tells of its configuration, by which others see whether they agree.</summary>
public sealed class InstanceFactsTests
{
    [Fact]
    public void The_hash_differs_with_a_value_and_not_with_the_name()
    {
        var one = HashOf("""{ "runtime": { "instance": "one", "ollama": { "concurrency": 2 } } }""");

        Assert.Equal(one, HashOf("""{ "runtime": { "instance": "two", "ollama": { "concurrency": 2 } } }"""));
        Assert.NotEqual(one, HashOf("""{ "runtime": { "instance": "one", "ollama": { "concurrency": 3 } } }"""));
    }

    [Fact]
    public void Limits_are_told_of_endpoints_that_have_some()
    {
        var configuration = ConfigFolder.LoadText(
            """{ "runtime": { "ollama": { "endpoints": [ { "name": "big", "url": "http://big:1", "limit": 4, "requestsPerMinute": 60 }, { "name": "free", "url": "http://free:1" } ] } } }""");

        Assert.Equal([("big", "limit 4, requestsPerMinute 60")], InstanceFacts.Of(InstanceRole.Worker, configuration, configuration.Endpoints).Limits.Select(limit => (limit.Key, limit.Value)));
    }

    private static string HashOf(string text)
    {
        var configuration = ConfigFolder.LoadText(text);
        return InstanceFacts.Of(InstanceRole.Worker, configuration, configuration.Endpoints).Configuration.Hash;
    }
}
