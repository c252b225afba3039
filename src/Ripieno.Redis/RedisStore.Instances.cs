using System.Globalization;
using Ripieno.Errors;
using Ripieno.Redis.Values;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis;

internal sealed partial class RedisStore
{
    public async Task RegisterInstanceAsync(InstanceRecord instance, TimeSpan lease, CancellationToken cancellation)
    {
        var arguments = new Arguments().Add(instance.Incarnation.ToByteArray()).Add((long)lease.TotalMilliseconds).Add(instance.Id).Add(instance.Pid).Add(instance.ProcessStart)
            .Add(instance.Slots).Add(InstanceValue.EncodeTexts(instance));
        _strays.Mine(instance.Incarnation);
        // One after the other and always in this order, so that of two with the same id one is refused everywhere.
        foreach (var partition in _partitions)
        {
            var reply = await _caller.CallAsync(_connection.Leases, Script.Register, partition, [], arguments, cancellation);
            if ((string?)reply[0] != "conflict")
                continue;
            var texts = new ValueReader("An instance", (RedisValue)reply[2]);
            _ = texts.Text();
            throw Refusals.InstanceIdInUse(instance.Id, (long)reply[1], texts.Text());
        }
    }

    public async Task<RenewReply> RenewAsync(Guid incarnation, IReadOnlyList<StepLease> leases, TimeSpan lease, CancellationToken cancellation)
    {
        var byPartition = leases.ToLookup(held => PartitionOf(held.RunId));
        var replies = await Task.WhenAll(_partitions.Select(partition => RenewAsync(incarnation, partition, [.. byPartition[partition]], lease, cancellation)));
        return new([.. replies.SelectMany(reply => reply.Lost)], [.. replies.SelectMany(reply => reply.Cancelled)]);
    }

    public async Task<int> EndInstanceAsync(Guid incarnation, InstanceEnd end, CancellationToken cancellation)
    {
        var (given, isKnown) = (0, false);
        foreach (var partition in _partitions)
        {
            // Again while it is given more at the same time: a claim of its own may be on its way.
            while (await _upkeep.OwnerAsync(partition, incarnation, cancellation) is { } owner)
            {
                isKnown = true;
                given += await _upkeep.TakeAsync(partition, owner, end == InstanceEnd.Died ? "died" : "stopped", cancellation);
                var reply = await _caller.CallAsync(
                    _connection.Leases, Script.Unregister, partition, [], new Arguments().Add(incarnation.ToByteArray()), cancellation);
                if ((string?)reply[0] == "gone")
                    break;
            }
        }

        // Nobody knows it: is it because the store was emptied?
        if (!isKnown)
            await _caller.ReadAsync(_partitions, _ => Task.FromResult(true), cancellation);
        _claims.Forget(incarnation);
        _strays.Forget(incarnation);
        return given;
    }

    public async Task<bool> ReportInstanceAsync(Guid incarnation, ReadOnlyMemory<byte> report, CancellationToken cancellation)
    {
        ContentLimits.CheckReport(report.Length);
        var reply = await _caller.CallAsync(_connection.Leases, Script.Tell, _partitions[0], [], new Arguments().Add(incarnation.ToByteArray()).Add(report), cancellation);
        return (string?)reply[0] == "gone" ? throw NotRegistered() : (string?)reply[1] == "1";
    }

    public async Task<InstanceRecord> RequestDrainAsync(string instanceId, CancellationToken cancellation)
    {
        var reply = await _caller.CallAsync(_connection.Leases, Script.Drain, _partitions[0], [], new Arguments().Add(instanceId), cancellation);
        return (string?)reply[0] == "none"
            ? throw new NotFoundException($"No live instance has the id '{instanceId}'. See who is there: ripieno status")
            : InstanceValue.Decode((RedisValue)reply[2]).ToRecord(new Guid((byte[])reply[1]!), now: 0);
    }

    public Task<IReadOnlyList<StoredReport>> ListReportsAsync(CancellationToken cancellation) => _caller.ReadAsync<IReadOnlyList<StoredReport>>(
        [_partitions[0]],
        async db =>
        {
            var entries = await db.HashGetAllAsync(_partitions[0]["reports"], CommandFlags.DemandMaster);
            return [.. entries.Select(entry => ReportValue.Decode(entry.Name, entry.Value))];
        },
        cancellation);

    public async Task<long> NextTurnAsync(string sequence, CancellationToken cancellation)
    {
        var reply = await _caller.CallAsync(_db, Script.Turn, _partitions[0], [], new Arguments().Add(sequence), cancellation);
        return long.Parse((string)reply[0]!, CultureInfo.InvariantCulture);
    }

    private static NotFoundException NotRegistered() => new("This instance is not registered with the store any more; it must register again.");

    private async Task<(List<StepLease> Lost, List<StepLease> Cancelled)> RenewAsync(
        Guid incarnation, Partition partition, StepLease[] leases, TimeSpan lease, CancellationToken cancellation)
    {
        var (lost, cancelled, held) = (new List<StepLease>(), new List<StepLease>(), 0);
        // Also once for nothing: the registration itself is renewed.
        for (var offset = 0; offset == 0 || offset < leases.Length; offset += Batch)
        {
            var batch = leases.AsSpan(offset, Math.Min(Batch, leases.Length - offset)).ToArray();
            var runs = batch.Select(one => one.RunId).Distinct(StringComparer.Ordinal).ToList();
            var arguments = new Arguments().Add(incarnation.ToByteArray()).Add((long)lease.TotalMilliseconds).Add(batch.Length);
            foreach (var one in batch)
                arguments.Add(runs.IndexOf(one.RunId) + 1).Add(one.StepIndex).Add(one.Epoch);
            var reply = await _caller.CallAsync(_connection.Leases, Script.Renew, partition, runs, arguments, cancellation);
            if ((string?)reply[0] == "gone")
                throw NotRegistered();
            held = int.Parse((string)reply[1]!, CultureInfo.InvariantCulture);
            for (var i = 0; i < batch.Length; i++)
            {
                if ((string?)reply[2 + i] == "lost")
                {
                    lost.Add(batch[i]);
                    _claims.Ended(batch[i]);
                }
                else if ((string?)reply[2 + i] == "cancelled")
                    cancelled.Add(batch[i]);
            }
        }

        await _strays.LookAsync(incarnation, partition, held, leases, cancellation);
        return (lost, cancelled);
    }
}
