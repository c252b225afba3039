using Ripieno.EndToEnd.Tests.Processes;

namespace Ripieno.EndToEnd.Tests.Ledgers;

/// <summary>
/// The client's book of what was promised to it: a run is written down, on disk, when <c>submit</c> has ended with 0 and printed its id, before
/// anything else happens. After a storm it is held against the store by <see cref="LedgerCheck"/>.
/// </summary>
internal sealed class Ledger(Workspace workspace, params string[] options)
{
    private readonly Lock _lock = new();
    private readonly List<string> _accepted = [];
    private readonly Dictionary<string, int> _tasks = new(StringComparer.Ordinal);

    public Workspace Workspace => workspace;

    public IReadOnlyList<string> Accepted => _accepted;

    /// <summary>Tasks of each run that was ever asked for, accepted or not.</summary>
    public IReadOnlyDictionary<string, int> Tasks => _tasks;

    /// <summary>Through which the command is started; null = directly.</summary>
    public Launcher? Launcher { get; set; }

    /// <summary>Makes the tasks' texts long and different from each other, so that runs fill a disk; null = short ones.</summary>
    public Random? Padding { get; init; }

    /// <summary>Submits a run and notes it if it was accepted.</summary>
    public async Task<ProcessResult> SubmitAsync(string run, int tasks)
    {
        lock (_lock)
            _tasks[run] = tasks;
        workspace.Write($"{run}.json", StormBacklog.Write(run, tasks, Padding));
        using var submit = RipienoProcess.Start(Launcher, workspace, null, ["submit", $"{run}.json", "--id", run, "--quiet", .. workspace.StoreOptions, .. options]);
        var result = await submit.WaitAsync();
        if (result.ExitCode != 0)
            return result;
        Assert.Equal(run, result.Output.Trim());
        lock (_lock)
        {
            if (!_accepted.Contains(run))
                _accepted.Add(run);
            File.AppendAllText(workspace.In("ledger"), run + "\n");
        }

        return result;
    }

    /// <summary>The same for runs that must be accepted. A look at the model server that was too slow on a busy machine is repeated.</summary>
    public async Task AcceptAsync(string run, int tasks)
    {
        ProcessResult result;
        var tries = 0;
        do
            result = await SubmitAsync(run, tasks);
        while (result.ExitCode == 3 && result.Error.Contains("cannot be reached", StringComparison.Ordinal) && ++tries < 50);
        result.Exits(0);
    }
}
