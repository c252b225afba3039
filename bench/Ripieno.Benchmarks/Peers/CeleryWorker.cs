namespace Ripieno.Benchmarks.Peers;

/// <summary>Celery, the task queue of Python: one worker with two processes, acknowledging late.</summary>
internal sealed class CeleryWorker : Peer
{
    private const string Needs = "import celery, redis";

    /// <summary>Debian's packages belong to Debian's Python, which need not be the first one.</summary>
    private static readonly string[] Pythons = ["python3", "/usr/bin/python3"];

    private string? _python;

    public override string Name => "celery";

    public override async Task PrepareAsync(CancellationToken cancellation)
    {
        foreach (var python in Pythons)
        {
            try
            {
                await PeerProcess.RunAsync(PeerProcess.FolderOf(Name), python, ["-c", Needs], cancellation);
                _python = python;
                return;
            }
            catch (PeerException)
            {
                // The next one may have it.
            }
        }

        throw new PeerException("no python3 with celery and redis (Debian: apt-get install celery python3-redis)");
    }

    public override async Task<PeerFigures> MeasureAsync(string mode, int count, string endpoint, CancellationToken cancellation) =>
        Parse(await PeerProcess.RunAsync(PeerProcess.FolderOf(Name), _python!, ["bench.py", mode, $"{count}", endpoint], cancellation));
}
