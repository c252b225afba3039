using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Storage.Moving;

namespace Ripieno.Coordination.Moving;

/// <summary>What there is to copy.</summary>
/// <param name="Runs">By status.</param>
/// <param name="Steps">Of all of them.</param>
/// <param name="OpenSteps">Those that have not ended.</param>
/// <param name="There">Runs that the destination has already, as they are.</param>
/// <param name="Clashes">Runs of which the destination has others of the same id.</param>
/// <param name="Live">Instances that work on the source.</param>
/// <param name="ClosedFor">Where the source's runs go on; null = it is open.</param>
internal sealed record MovePlan(
    IReadOnlyDictionary<RunStatus, long> Runs, long Steps, long OpenSteps, int There, IReadOnlyList<string> Clashes, IReadOnlyList<InstanceRecord> Live, string? ClosedFor);

/// <summary>How far it is.</summary>
/// <param name="Done">Runs.</param>
/// <param name="Of">Runs.</param>
/// <param name="RunId">The one that is being copied; null = all are.</param>
/// <param name="Steps">Steps copied so far.</param>
internal readonly record struct MoveProgress(int Done, int Of, string? RunId, long Steps);

/// <summary>What was copied and found to be the same.</summary>
/// <param name="Runs">In the source, by status.</param>
/// <param name="Copied">Runs copied now; each was read back and compared.</param>
/// <param name="There">Runs that the destination had already.</param>
/// <param name="GoneOn">Of those copied: runs with which a worker there was quicker than the second reading.</param>
/// <param name="Steps">Copied now, as are the others.</param>
/// <param name="Events">Of runs.</param>
/// <param name="Artifacts">Files.</param>
/// <param name="Contents">Inputs, results and artifacts that stand by themselves.</param>
/// <param name="Bytes">What those take, packed.</param>
/// <param name="Figures">Rows of hourly figures that the source has; those taken before are not added again.</param>
/// <param name="LogLines">Lines of the logs of runs.</param>
internal sealed record MoveReport(
    IReadOnlyDictionary<RunStatus, long> Runs, int Copied, int There, int GoneOn, long Steps, long Events, long Artifacts, long Contents, long Bytes, long Figures, long LogLines);

/// <summary>Adds up a <see cref="MoveReport"/>.</summary>
internal sealed class MoveSums
{
    private int _copied;
    private long _events;
    private long _artifacts;
    private long _contents;
    private long _bytes;

    public int There { get; set; }

    public int GoneOn { get; set; }

    public long Steps { get; private set; }

    public long Figures { get; set; }

    public long LogLines { get; set; }

    public void Add(ImagePart part)
    {
        _copied += part.IsLast ? 1 : 0;
        Steps += part.Steps.Count;
        _events += part.Events.Count;
        _artifacts += part.Steps.Sum(step => step.Artifacts.Count);
        _contents += part.Contents.Count;
        _bytes += part.Contents.Sum(content => (long)content.Body.Length);
    }

    public MoveReport ToReport(IReadOnlyCollection<RunRecord> runs) => new(
        runs.CountBy(run => run.Status).ToDictionary(pair => pair.Key, pair => (long)pair.Value), _copied, There, GoneOn, Steps, _events, _artifacts, _contents, _bytes, Figures, LogLines);
}
