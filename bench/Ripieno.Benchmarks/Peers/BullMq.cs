namespace Ripieno.Benchmarks.Peers;

/// <summary>BullMQ, the queue of Node: one worker process, 100 jobs at once.</summary>
internal sealed class BullMq : Peer
{
    public override string Name => "bullmq";

    public override async Task PrepareAsync(CancellationToken cancellation)
    {
        var folder = PeerProcess.FolderOf(Name);
        await PeerProcess.RunAsync(folder, "node", ["--version"], cancellation);
        // Nothing to do when it is there already, as the lock file wants it.
        if (!File.Exists(Path.Combine(folder, "node_modules", ".package-lock.json")))
            await PeerProcess.RunAsync(folder, "npm", ["ci", "--no-fund", "--no-audit"], cancellation);
    }

    public override async Task<PeerFigures> MeasureAsync(string mode, int count, string endpoint, CancellationToken cancellation) =>
        Parse(await PeerProcess.RunAsync(PeerProcess.FolderOf(Name), "node", ["bench.mjs", mode, $"{count}", endpoint], cancellation));
}
