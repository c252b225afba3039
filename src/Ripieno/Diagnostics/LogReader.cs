using System.Text;

namespace Ripieno.Diagnostics;

/// <summary>Reads one run's lines from all log files of a folder: each call returns what was added since the last.</summary>
/// <param name="folder">Where the files are; may not exist yet.</param>
/// <param name="runId">Whose lines are wanted.</param>
internal sealed class LogReader(string folder, string runId)
{
    private readonly Dictionary<string, long> _offsets = new(StringComparer.Ordinal);
    private readonly byte[] _needle = Encoding.UTF8.GetBytes(runId);

    /// <summary>In order of time over all files.</summary>
    public IReadOnlyList<LogLine> ReadNew()
    {
        if (!Directory.Exists(folder))
            return [];
        var lines = new List<LogLine>();
        foreach (var path in Directory.EnumerateFiles(folder, "ripieno-*.jsonl").Order(StringComparer.Ordinal))
            ReadNew(path, lines);
        return [.. lines.OrderBy(line => line.Time)];
    }

    private void ReadNew(string path, List<LogLine> lines)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var offset = _offsets.GetValueOrDefault(path);
        if (file.Length <= offset)
            return;
        file.Position = offset;
        var added = new byte[file.Length - offset];
        var read = file.ReadAtLeast(added, added.Length, throwOnEndOfStream: false);
        var rest = added.AsSpan(0, read);

        // What follows the last line break is still being written: it is read again next time.
        while (rest.IndexOf((byte)'\n') is var end and >= 0)
        {
            var line = rest[..end];
            if (line.IndexOf(_needle) >= 0 && LogLine.Read(line) is { } parsed && parsed.Run == runId)
                lines.Add(parsed);
            rest = rest[(end + 1)..];
        }

        _offsets[path] = offset + read - rest.Length;
    }
}
