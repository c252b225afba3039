namespace Ripieno.Tests.Hosting;

/// <summary>The folder of a program that uses the library: a config with simulated answers that take no time, and a store.</summary>
internal sealed class ProgramFolder : IDisposable
{
    public ProgramFolder(string more = "")
    {
        Directory.CreateDirectory(System.IO.Path.Combine(Path, "config"));
        File.WriteAllText(Config, $$"""{ "runtime": { "defaultProvider": "simulated", "simulated": { "latency": "0s" }, "concurrency": 4 }{{(more.Length > 0 ? ", " + more : "")}} }""");
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("ripieno-library-").FullName;

    public string Config => System.IO.Path.Combine(Path, "config", "agents.config.json");

    public AgentCoordinator Open(Action<AgentCoordinatorBuilder>? configure = null) => AgentCoordinator.Open(Config, configure);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
