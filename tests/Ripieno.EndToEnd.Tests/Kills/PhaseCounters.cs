using System.IO.MemoryMappedFiles;

namespace Ripieno.EndToEnd.Tests.Kills;

/// <summary>Counters in a mapped file: the kernel keeps them when the process that wrote them is killed.</summary>
internal sealed unsafe class PhaseCounters : IDisposable
{
    public const string Variable = "RIPIENO_TEST_PHASES";
    private const int Steps = 0, Reports = 1, Commits = 2, Begun = 3, Told = 4, Size = 64;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long* _counters;

    private PhaseCounters(MemoryMappedFile file)
    {
        _file = file;
        _view = file.CreateViewAccessor(0, Size);
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _counters = (long*)pointer;
    }

    /// <summary>Steps whose answer has not come yet.</summary>
    public long InCall => Read(Steps) - Read(Reports);

    /// <summary>Steps that have their answer and are waiting for its commit.</summary>
    public long BetweenAnswerAndCommit => Read(Reports);

    public long InCommit => Read(Commits);

    /// <summary>Steps begun since the process started.</summary>
    public long BegunSteps => Read(Begun);

    /// <summary>Reports of which the worker knows how the store answered, since the process started.</summary>
    public long ToldReports => Read(Told);

    /// <summary>Environment of a process that counts into <paramref name="path"/>.</summary>
    public static Dictionary<string, string> Environment(string path) => new(StringComparer.Ordinal)
    {
        ["DOTNET_STARTUP_HOOKS"] = typeof(PhaseCounters).Assembly.Location,
        [Variable] = path,
    };

    public static PhaseCounters Open(string path) => new(MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, Size));

    public void Add(string operation, long change)
    {
        var index = operation switch { "step" => Steps, "step.report" => Reports, "store.commit" => Commits, _ => -1 };
        if (index < 0)
            return;
        Interlocked.Add(ref _counters[index], change);
        if (index == Steps && change > 0)
            Interlocked.Increment(ref _counters[Begun]);
        if (index == Reports && change < 0)
            Interlocked.Increment(ref _counters[Told]);
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private long Read(int index) => Volatile.Read(ref _counters[index]);
}
