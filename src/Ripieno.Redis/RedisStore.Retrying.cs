using System.Globalization;
using Ripieno.Redis.Reading;
using Ripieno.Redis.Values;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Redis;

internal sealed partial class RedisStore
{
    /// <summary>
    /// A retry looks at the whole run, which may be long: it is planned here, from a read, and carried out only if the run is still as it was read. A failed run changes by nothing
    /// but another retry or its deletion, so that is rarely in vain.
    /// </summary>
    public async Task<int> RetryAsync(string runId, IReadOnlyCollection<string> stepKeys, CancellationToken cancellation)
    {
        var operation = Guid.NewGuid().ToByteArray();
        while (true)
        {
            var partition = PartitionOf(runId);
            var run = await ReadAsync(runId, (db, _) => RunHash.FindAsync(db, partition, runId), cancellation) ?? throw NoRun(runId);
            if (run.Value.Status != RunStatus.Failed)
                throw RetryPlan.Refusal(runId, run.Value.Status, run.Value.Cancel);
            var steps = await ReadAsync(runId, (db, _) => LoadedSteps.LoadAsync(db, partition.Run(runId), run.Value.Next), cancellation);
            var plan = RetryPlan.Make(runId, stepKeys, steps);
            // What can be claimed comes last: whatever waits for it must be open before it can end.
            var moves = plan.Moves.OrderBy(move => move.State.Status == StepStatus.Ready).ToList();
            var failed = moves.Count(move => steps.State(move.Index).Status is StepStatus.Failed or StepStatus.DeadLettered);
            var now = (_probe.OwnClock ? _time : TimeProvider.System).GetUtcNow().ToUnixTimeMilliseconds();
            var entries = moves.Select(move => new ValueWriter().U4(move.Index).Bytes(StepValue.EncodeReopened(steps[move.Index], move.State, now)).ToArray()).ToList();
            if (entries.Count > _probe.Batch && !await WriteAheadAsync(partition, runId, run.Value.Events, entries, cancellation))
                continue;
            var arguments = new Arguments().Add(operation).Add(run.Value.Events).Add(plan.Reopened).Add(failed).Add(entries.Count);
            arguments.Add(entries.Count > _probe.Batch ? 0 : entries.Count);
            if (entries.Count <= _probe.Batch)
                entries.ForEach(entry => arguments.Add(entry));
            var reply = await _caller.CallAsync(_db, Script.Retry, partition, [runId], arguments, cancellation);
            if ((string?)reply[0] != "retried")
                continue;
            // Carried out by whoever writes; but who asked for it expects to see it.
            while (entries.Count > _probe.Batch && (string?)(await _caller.CallAsync(_db, Script.Advance, partition, [runId], new(), cancellation))[0] == "left")
            {
            }

            return int.Parse((string)reply[1]!, CultureInfo.InvariantCulture);
        }
    }

    /// <returns>False when the run has changed meanwhile.</returns>
    private async Task<bool> WriteAheadAsync(Partition partition, string runId, long events, List<byte[]> entries, CancellationToken cancellation)
    {
        for (var offset = 0; offset < entries.Count; offset += _probe.Batch)
        {
            var batch = entries.Skip(offset).Take(_probe.Batch).ToList();
            var arguments = new Arguments().Add(events).Add(offset).Add(batch.Count);
            batch.ForEach(entry => arguments.Add(entry));
            var reply = await _caller.CallAsync(_db, Script.Plan, partition, [runId], arguments, cancellation);
            if ((string?)reply[0] != "planned")
                return false;
        }

        return true;
    }
}
