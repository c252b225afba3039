namespace Ripieno.EndToEnd.Tests.Kills;

/// <summary>What kills hit: a fault test whose fault never fires proves nothing.</summary>
internal sealed class KillTally
{
    private readonly List<double> _firstSteps = [];

    public int Kills { get; private set; }

    /// <summary>Kills that hit at least one model call.</summary>
    public int InCall { get; private set; }

    /// <summary>Kills that hit a step between its answer and the commit of its report.</summary>
    public int BeforeCommit { get; private set; }

    /// <summary>Kills that hit a transaction.</summary>
    public int InCommit { get; private set; }

    /// <summary>Steps leased to the killed processes: each is executed once more, and no other.</summary>
    public long InFlight { get; private set; }

    public void Add(PhaseCounters phases, int stepsInFlight)
    {
        Kills++;
        InCall += phases.InCall > 0 ? 1 : 0;
        BeforeCommit += phases.BetweenAnswerAndCommit > 0 ? 1 : 0;
        InCommit += phases.InCommit > 0 ? 1 : 0;
        InFlight += stepsInFlight;
    }

    public void FirstStep(TimeSpan afterStart) => _firstSteps.Add(afterStart.TotalMilliseconds);

    public override string ToString() =>
        $"{Kills} kills: {InCall} in a call, {BeforeCommit} between answer and commit, {InCommit} in a commit; {InFlight} steps in flight when killed; "
        + $"first step after start or restart: median {_firstSteps.Order().ElementAt(_firstSteps.Count / 2):0} ms, longest {_firstSteps.Max():0} ms";
}
