using Ripieno.EndToEnd.Tests.Processes;

namespace Ripieno.EndToEnd.Tests.Disks;

/// <summary>What looks at a damaged store told.</summary>
internal sealed class DamageTally
{
    private int _notConcerned;

    /// <summary>Said clearly: what is wrong with which file, and what to do.</summary>
    public int Reported { get; private set; }

    /// <summary>Ended as an error of Ripieno itself.</summary>
    public List<string> Internal { get; } = [];

    /// <summary>Refused, but not as damaged or without a next step.</summary>
    public List<string> Unclear { get; } = [];

    /// <summary>Exported files that are not what was accepted, or not all of them, and nobody said so.</summary>
    public List<string> WrongFiles { get; } = [];

    /// <summary>Lists that tell something else. SQLite keeps no checksums: a bit turned over within a number or a text is not to be seen.</summary>
    public List<string> WrongRows { get; } = [];

    public void Add(string damage, ProcessResult look, ProcessResult truth, bool isExport)
    {
        var isRefusal = look.ExitCode == 3
            && (look.Error.Contains("damaged", StringComparison.Ordinal) || look.Error.Contains("not a Ripieno store", StringComparison.Ordinal));
        if (isRefusal && (look.Error.Contains("restore a backup", StringComparison.OrdinalIgnoreCase) || look.Error.Contains("--store", StringComparison.Ordinal)))
            Reported++;
        else if (look.ExitCode is not (0 or 2 or 3) || look.Error.Contains("   at ", StringComparison.Ordinal))
            Internal.Add($"{damage}: exit code {look.ExitCode}, {look.Error.Trim()}");
        else if (look.ExitCode != 0)
            Unclear.Add($"{damage}: exit code {look.ExitCode}, {look.Error.Trim()}");
        else if (look == truth)
            _notConcerned++;
        else
            (isExport && Stored(look.Output) != Stored(truth.Output) ? WrongFiles : WrongRows).Add($"{damage}: {Difference(truth.Output, look.Output)} {look.Error.Trim()}");
    }

    public void WriteTo(ITestOutputHelper output)
    {
        foreach (var line in (IEnumerable<string>)[.. Internal, .. Unclear, .. WrongFiles, .. WrongRows])
            output.WriteLine(line);
    }

    public override string ToString() =>
        $"{Reported} reported, {_notConcerned} not concerned, {Internal.Count} internal errors, {Unclear.Count} reported unclearly, {WrongFiles.Count} wrong files and {WrongRows.Count} wrong lists told silently";

    /// <summary>Without the files that are written from the lists when they are exported, and have no hash.</summary>
    private static string Stored(string files) =>
        string.Join('\n', files.Split('\n').Where(file => !file.Contains("/review-notes.md ", StringComparison.Ordinal) && !file.Contains("/summary.md ", StringComparison.Ordinal)));

    private static string Difference(string truth, string told)
    {
        var at = Math.Max(0, truth.Zip(told).TakeWhile(pair => pair.First == pair.Second).Count() - 60);
        return $"…{truth.Substring(at, Math.Min(120, truth.Length - at))}… became …{told.Substring(at, Math.Min(120, told.Length - at))}…";
    }
}
