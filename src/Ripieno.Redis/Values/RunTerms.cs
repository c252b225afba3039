using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>
/// What never changes of a run and scripts need (<c>m</c>): <c>&gt;i4 u4 u4 u4 u4 u4 u1</c> rank, weight, tenant weight, max parallel, max steps, max deaths alone,
/// whether it stops at a failure, <c>u2</c> length + workflow, <c>u2</c> length + tenant, 32 bytes snapshot hash.
/// </summary>
/// <param name="Rank">Minus the priority: lower goes first.</param>
/// <param name="Weight">Share among the tenant's runs.</param>
/// <param name="TenantWeight">Share of the tenant.</param>
/// <param name="MaxParallel">0 = no bound.</param>
/// <param name="MaxSteps">Expansions included.</param>
/// <param name="MaxDeathsAlone">From 1.</param>
/// <param name="StopOnFailure">Nothing begins any more once a step has failed.</param>
/// <param name="Workflow">Name.</param>
/// <param name="Tenant">Name.</param>
/// <param name="Snapshot">Its hash.</param>
internal sealed record RunTerms(
    int Rank, int Weight, int TenantWeight, int MaxParallel, int MaxSteps, int MaxDeathsAlone, bool StopOnFailure, string Workflow, string Tenant, ContentHash Snapshot)
{
    public static byte[] Encode(RunSubmission submission, ContentHash snapshot) => new ValueWriter()
        .I4(-submission.Priority).U4(submission.Weight).U4(submission.TenantWeight)
        .U4(submission.MaxParallel).U4(submission.MaxSteps).U4(submission.MaxDeathsAlone).U1(submission.StopOnFailure ? 1 : 0)
        .Text("the run's workflow", submission.Workflow).Text("the run's tenant", submission.Tenant).Hash(snapshot).ToArray();

    public byte[] Encode() => new ValueWriter()
        .I4(Rank).U4(Weight).U4(TenantWeight).U4(MaxParallel).U4(MaxSteps).U4(MaxDeathsAlone).U1(StopOnFailure ? 1 : 0)
        .Text("the run's workflow", Workflow).Text("the run's tenant", Tenant).Hash(Snapshot).ToArray();

    public static RunTerms Decode(RedisValue value)
    {
        var reader = new ValueReader("The terms of a run", value);
        var terms = new RunTerms(
            reader.I4(), reader.Count(), reader.Count(), reader.Count(), reader.Count(), reader.Count(), reader.Flag(), reader.Text(), reader.Text(), reader.Hash());
        reader.End();
        return terms;
    }
}
