using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Ripieno.EndToEnd.Tests.Kills;

/// <summary>
/// A signal that a process sends to itself at an exact point of its work, which from outside could only be hit by luck. Lives in the hook, not in what
/// ships.
/// </summary>
internal sealed partial class SelfInflicted
{
    public const string Variable = "RIPIENO_TEST_SIGNAL";

    /// <summary>A step's answer is there; its report is about to go to the store.</summary>
    public const string BeforeReport = "before-report";

    /// <summary>A commit is on disk while a report waits for it; whoever waits may not have been told yet.</summary>
    public const string AfterCommit = "after-commit";

    private readonly string _point;
    private readonly int _every;
    private readonly int _signal;
    private readonly PhaseCounters _phases;
    private int _reached;

    private SelfInflicted(string[] parts, PhaseCounters phases)
    {
        _point = parts[0];
        _every = int.Parse(parts[1], CultureInfo.InvariantCulture);
        _signal = int.Parse(parts[2], CultureInfo.InvariantCulture);
        _phases = phases;
    }

    /// <summary>For the environment of a process: at every <paramref name="every"/>th time that it gets there.</summary>
    public static KeyValuePair<string, string> Kill(string point, int every) => new(Variable, $"{point}:{every}:9");

    /// <summary>Freezes it; SIGCONT thaws.</summary>
    public static KeyValuePair<string, string> Stop(string point, int every) => new(Variable, $"{point}:{every}:19");

    public static SelfInflicted? Read(PhaseCounters phases) =>
        Environment.GetEnvironmentVariable(Variable) is { } given ? new(given.Split(':'), phases) : null;

    public void Started(Activity activity)
    {
        if (_point == BeforeReport && activity.OperationName == "step.report")
            Reach();
    }

    public void Stopped(Activity activity)
    {
        if (_point == AfterCommit && activity.OperationName == "store.commit" && _phases.BetweenAnswerAndCommit > 0)
            Reach();
    }

    private void Reach()
    {
        if (Interlocked.Increment(ref _reached) % _every != 0)
            return;
        // Frozen inside a transaction it would hold the lock of the file, which is another fault.
        if (_signal != 9)
            SpinWait.SpinUntil(() => _phases.InCommit == 0);
        _ = Send(Environment.ProcessId, _signal);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int pid, int signal);
}
