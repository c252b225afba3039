using System.Globalization;

namespace Ripieno.Benchmarks.Peers;

/// <summary>
/// No engine, but the limit of all: the least script that ends a step, called by Redis' own load generator, 50 connections with 20 calls under way on each.
/// </summary>
internal sealed class BareScript : Peer
{
    /// <summary>Runs that the steps belong to, taken at random.</summary>
    private const int Runs = 50_000;

    /// <summary>As large as a result or an input here.</summary>
    private static readonly string Payload = new('x', 160);

    public override string Name => "bare";

    public override async Task PrepareAsync(CancellationToken cancellation)
    {
        await PeerProcess.RunAsync(PeerProcess.FolderOf(Name), "redis-cli", ["--version"], cancellation);
        await PeerProcess.RunAsync(PeerProcess.FolderOf(Name), "redis-benchmark", ["--version"], cancellation);
    }

    public override async Task<PeerFigures> MeasureAsync(string mode, int count, string endpoint, CancellationToken cancellation)
    {
        var folder = PeerProcess.FolderOf(Name);
        var colon = endpoint.LastIndexOf(':');
        string[] server = ["-h", endpoint[..colon], "-p", endpoint[(colon + 1)..]];
        await PeerProcess.RunAsync(folder, "redis-cli", [.. server, "XGROUP", "CREATE", "queue", "g", "0", "MKSTREAM"], cancellation);
        var sha = await PeerProcess.RunAsync(folder, "redis-cli", [.. server, "SCRIPT", "LOAD", await File.ReadAllTextAsync(Path.Combine(folder, "step.lua"), cancellation)], cancellation);
        string[] call = ["EVALSHA", sha.Trim(), "3", "queue", "run:__rand_int__", "events:__rand_int__", "0", Payload, Payload, Payload];
        var csv = await PeerProcess.RunAsync(
            folder, "redis-benchmark", [.. server, "--csv", "-r", $"{Runs}", "-n", $"{count}", "-c", "50", "-P", "20", .. call], cancellation);
        // The first field is the command, which has commas of its own; seven numbers follow, the rate first.
        var fields = csv.TrimEnd().Split('\n')[^1].Split(',');
        return fields.Length > 7 && double.TryParse(fields[^7].Trim('"'), CultureInfo.InvariantCulture, out var rate)
            ? new(new Dictionary<string, double> { [mode] = rate })
            : throw new PeerException($"redis-benchmark wrote '{csv.TrimEnd()}'");
    }
}
