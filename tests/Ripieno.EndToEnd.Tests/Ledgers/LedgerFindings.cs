namespace Ripieno.EndToEnd.Tests.Ledgers;

/// <summary>What <see cref="LedgerCheck"/> found: broken promises, each in words, and what happened on the way.</summary>
internal sealed class LedgerFindings
{
    /// <summary>Runs in the ledger that the store does not have, or that have not ended as they should.</summary>
    public List<string> LostRuns { get; } = [];

    /// <summary>Steps with more (or fewer) recorded results than one.</summary>
    public List<string> DuplicateResults { get; } = [];

    /// <summary>Reports that the store took although another execution had begun, or after a result was recorded.</summary>
    public List<string> StaleWrites { get; } = [];

    /// <summary>Work that began before what it needs had ended.</summary>
    public List<string> OrderViolations { get; } = [];

    /// <summary>More calls for a step than executions of it, or a result that no call had given.</summary>
    public List<string> UnexplainedCalls { get; } = [];

    public int Runs { get; set; }

    public int Steps { get; set; }

    /// <summary>Executions beyond the first of each step.</summary>
    public long Repeated { get; set; }

    /// <summary>Executions that ended with their instance.</summary>
    public long Deaths { get; set; }

    /// <summary>Calls that the model server logged.</summary>
    public int Calls { get; set; }

    /// <summary>Calls beyond the one that each step needs.</summary>
    public int ExtraCalls { get; set; }

    /// <summary>Leases that were taken away from a dead or silent instance.</summary>
    public int Expired { get; set; }

    /// <summary>Reports that were refused because they came too late.</summary>
    public int Late { get; set; }

    /// <summary>Steps that were handed back.</summary>
    public int Released { get; set; }

    /// <summary>Steps that were put off because their endpoint was away.</summary>
    public int Parked { get; set; }

    /// <summary>Tries that failed and were followed by another.</summary>
    public int Retried { get; set; }

    /// <summary>Why tries failed, and how often.</summary>
    public Dictionary<string, int> Reasons { get; } = new(StringComparer.Ordinal);

    /// <summary>Executions that ended with a process found dead, by instance.</summary>
    public Dictionary<string, int> Gone { get; } = new(StringComparer.Ordinal);

    /// <summary>Fails when a promise was broken, with every case.</summary>
    public void AssertKept()
    {
        string[] broken = [.. LostRuns, .. DuplicateResults, .. StaleWrites, .. OrderViolations, .. UnexplainedCalls];
        Assert.True(broken.Length == 0, $"{this}\n{string.Join('\n', broken)}");
    }

    /// <summary>The same after the server has lost commits that it had acknowledged: then a claim or a report may have been given twice, but what is kept must agree with itself.</summary>
    public void AssertKeptAfterLoss()
    {
        string[] broken = [.. LostRuns, .. DuplicateResults, .. OrderViolations];
        Assert.True(broken.Length == 0, $"{this}\n{string.Join('\n', broken)}");
    }

    public override string ToString() =>
        $"{Runs} runs, {Steps} steps, {Repeated} repeated executions, {Calls} calls ({ExtraCalls} extra), {Expired} leases taken away, {Late} late reports refused, {Released} handed back, {Parked} put off, {Retried} failed tries; "
        + $"lost runs {LostRuns.Count}, duplicate results {DuplicateResults.Count}, stale writes accepted {StaleWrites.Count}, order violations {OrderViolations.Count}";
}
