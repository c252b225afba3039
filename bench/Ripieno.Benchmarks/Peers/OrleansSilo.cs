namespace Ripieno.Benchmarks.Peers;

/// <summary>Orleans, the virtual actors of .NET: one silo, state in Redis, called from its own process 200 at a time. It has no queue, and nothing resumes after a crash.</summary>
internal sealed class OrleansSilo : Peer
{
    public override string Name => "orleans";

    private string Program => Path.Combine(PeerProcess.FolderOf(Name), "bin", "orleans-bench.dll");

    public override Task PrepareAsync(CancellationToken cancellation) => PeerProcess.RunAsync(
        PeerProcess.FolderOf(Name), "dotnet", ["build", "-c", "Release", "-v", "quiet", "-nologo", "--disable-build-servers", "-o", Path.GetDirectoryName(Program)!], cancellation);

    public override async Task<PeerFigures> MeasureAsync(string mode, int count, string endpoint, CancellationToken cancellation) =>
        Parse(await PeerProcess.RunAsync(PeerProcess.FolderOf(Name), "dotnet", [Program, mode, $"{count}", endpoint], cancellation));
}
