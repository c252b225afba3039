using System.Globalization;

namespace Ripieno.Benchmarks.Peers;

/// <summary>Another engine that does the same work on the same Redis. Its part is in <c>bench/peers</c>, with its versions pinned.</summary>
internal abstract class Peer
{
    /// <summary>As <c>--peers</c> takes it.</summary>
    public abstract string Name { get; }

    /// <summary>Installs or builds what its part needs. <see cref="PeerException"/> when that is not possible here.</summary>
    public abstract Task PrepareAsync(CancellationToken cancellation);

    /// <param name="mode">Which work; each peer knows some.</param>
    /// <param name="count">How much of it.</param>
    /// <param name="endpoint">Of an empty Redis.</param>
    /// <param name="cancellation">Ends it.</param>
    public abstract Task<PeerFigures> MeasureAsync(string mode, int count, string endpoint, CancellationToken cancellation);

    /// <summary>Lines of a name, a space and a number, as the parts of the peers write them.</summary>
    protected static PeerFigures Parse(string output)
    {
        var figures = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var space = line.LastIndexOf(' ');
            if (space < 0 || !double.TryParse(line.AsSpan(space), CultureInfo.InvariantCulture, out var value))
                throw new PeerException($"it wrote '{line}' instead of a name and a number");
            figures[line[..space]] = value;
        }

        return new(figures);
    }
}

/// <summary>What a peer's part measured.</summary>
internal sealed class PeerFigures(IReadOnlyDictionary<string, double> values)
{
    public double this[string name] => values.TryGetValue(name, out var value)
        ? value
        : throw new InvalidOperationException($"There is no figure '{name}' among {string.Join(", ", values.Keys)}: the benchmark is wrong.");
}

/// <summary>A peer cannot be measured here; the message says why.</summary>
internal sealed class PeerException(string message) : Exception(message);
