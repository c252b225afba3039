namespace Ripieno.Tests.Configuration;

/// <summary>The scaling guide's two fragments of "Vertical Scaling", verbatim.</summary>
public sealed class GuideFragmentTests
{
    [Fact]
    public void The_fragment_that_increases_model_capacity_loads_over_the_defaults()
    {
        var options = ConfigFolder.LoadText(
            """
            {
              "models": {
                "ollama": {
                  "llama3.2": {
                    "context": 16384,  // Increased from 8192
                    "temperature": 0.4,
                    "parallel": true
                  }
                }
              }
            }
            """).Options;

        Assert.Equal(16384, options.Models["ollama"]["llama3.2"].Context);
        Assert.True(options.Models["ollama"]["llama3.2"].Parallel);
        Assert.Equal(["planner", "executor", "reviewer"], options.Agents.Select(agent => agent.Id));
        Assert.Equal(2, options.Runtime.Providers["ollama"].Concurrency);
    }

    [Fact]
    public void The_fragment_that_increases_concurrency_loads_over_the_defaults()
    {
        var loaded = ConfigFolder.LoadText(
            """
            {
              "runtime": {
                "ollama": {
                  "concurrency": 4  // Increased from 2
                }
              }
            }
            """);

        Assert.Equal(4, loaded.Slots);
        var endpoint = Assert.Single(loaded.Endpoints);
        Assert.Equal((4, 4), (endpoint.Concurrency, endpoint.Limit));
        Assert.Equal(new Uri("http://localhost:11434"), endpoint.Url);
    }
}
