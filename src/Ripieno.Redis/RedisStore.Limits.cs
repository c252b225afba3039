using System.Globalization;
using Ripieno.Redis.Reading;
using Ripieno.Redis.Values;
using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis;

/// <summary>Limits: all of one is in one partition, by the hash of its name, so that what it allows is decided by one script.</summary>
internal sealed partial class RedisStore
{
    public async Task<PermitReply> AcquirePermitAsync(PermitRequest request, CancellationToken cancellation)
    {
        var arguments = new Arguments().Add(request.Incarnation.ToByteArray()).Add(request.Permit.ToByteArray()).Add(request.Limit).Add(request.Capacity ?? 0).Add(request.Weight)
            .Add((long)request.Duration.TotalMilliseconds).Add(request.RequestsPerMinute ?? 0).Add(request.TokensPerMinute ?? 0).Add(request.Tokens);
        var reply = await _caller.CallAsync(_connection.Leases, Script.Acquire, PartitionOf(request.Limit), [], arguments, cancellation);
        return (string?)reply[0] switch
        {
            "given" => new(PermitOutcome.Given),
            "full" => new(PermitOutcome.Full),
            "paced" => new(PermitOutcome.Paced, Milliseconds(reply[1])),
            "cooling" => new(PermitOutcome.Cooling, Milliseconds(reply[1]), (string?)reply[2]),
            _ => throw NotRegistered(),
        };
    }

    public Task ReleasePermitAsync(HeldPermit permit, int? tokens, CancellationToken cancellation) => _caller.CallAsync(
        _connection.Leases, Script.Return, PartitionOf(permit.Limit), [], new Arguments().Add(permit.Permit.ToByteArray()).Add(tokens is { } used ? used : RedisValue.EmptyString), cancellation);

    public async Task<IReadOnlyList<HeldPermit>> KeepPermitsAsync(Guid incarnation, IReadOnlyCollection<HeldPermit> permits, CancellationToken cancellation)
    {
        var lost = new List<HeldPermit>();
        foreach (var group in permits.GroupBy(permit => PartitionOf(permit.Limit)))
        {
            foreach (var batch in group.Chunk(Batch))
            {
                var arguments = new Arguments().Add(incarnation.ToByteArray()).Add(batch.Length);
                foreach (var permit in batch)
                    arguments.Add(permit.Limit).Add(permit.Permit.ToByteArray());
                var reply = await _caller.CallAsync(_connection.Leases, Script.Keep, group.Key, [], arguments, cancellation);
                if ((string?)reply[0] == "gone")
                    throw NotRegistered();
                lost.AddRange(batch.Where((_, i) => (string?)reply[1 + i] == "lost"));
            }
        }

        return lost;
    }

    public Task CoolLimitAsync(string limit, TimeSpan rest, string reason, CancellationToken cancellation) => _caller.CallAsync(
        _connection.Leases, Script.Cool, PartitionOf(limit), [], new Arguments().Add(limit).Add((long)rest.TotalMilliseconds).Add(reason), cancellation);

    public Task<IReadOnlyList<Cooling>> ListCoolingsAsync(IReadOnlyCollection<string> limits, CancellationToken cancellation) => _caller.ReadAsync<IReadOnlyList<Cooling>>(
        async db =>
        {
            var found = new List<(string Limit, RedisValue Value)>();
            foreach (var group in limits.GroupBy(PartitionOf))
            {
                var names = group.ToArray();
                var values = await db.HashGetAsync(group.Key["cooling"], [.. names.Select(name => (RedisValue)name)], CommandFlags.DemandMaster);
                found.AddRange(names.Zip(values).Where(one => !one.Second.IsNull));
            }

            // The clock is asked only when there is something to measure by it.
            return found.Count == 0 ? [] : Coolings(found, await _caller.NowAsync(db));
        },
        cancellation);

    public Task<IReadOnlyList<LimitRecord>> ListLimitsAsync(CancellationToken cancellation) => ReadAsync<IReadOnlyList<LimitRecord>>(
        async db =>
        {
            var limits = new List<LimitRecord>();
            foreach (var partition in _partitions)
            {
                var moment = new Moment(db);
                var rating = moment.HashGetAllAsync(partition["rates"]);
                var permitting = moment.HashGetAllAsync(partition["permits"]);
                var cooling = moment.HashGetAllAsync(partition["cooling"]);
                var registering = moment.HashGetAllAsync(partition["instances"]);
                await moment.ExecuteAsync();
                var now = await _caller.NowAsync(db);
                var instances = (await registering).Where(entry => entry.Name.Length() == 16).Select(entry => InstanceValue.Decode(entry.Value)).Where(instance => instance.Expires > now)
                    .ToDictionary(instance => instance.Owner, instance => instance.Id);
                var permits = (await permitting).Select(entry => PermitValue.Decode(entry.Value)).Where(permit => permit.Expires > now && instances.ContainsKey(permit.Owner))
                    .ToLookup(permit => permit.Limit, StringComparer.Ordinal);
                var coolings = Coolings((await cooling).Select(entry => (entry.Name.ToString(), entry.Value)), now).ToDictionary(one => one.Limit, StringComparer.Ordinal);
                var used = (await rating).Select(entry => AllowanceValue.Decode(entry.Value).ToRecord(entry.Name!, now)).Where(limit => limit.UsedAt > DateTimeOffset.FromUnixTimeMilliseconds(now) - RateWindow.Remembered)
                    .ToDictionary(limit => limit.Name, StringComparer.Ordinal);
                foreach (var name in used.Keys.Union(coolings.Keys, StringComparer.Ordinal))
                {
                    var holders = permits[name].GroupBy(permit => permit.Owner).Select(held => new LimitHolder(instances[held.Key], held.Sum(permit => permit.Weight), held.Count()))
                        .OrderByDescending(holder => holder.InUse).ThenBy(holder => holder.Instance, StringComparer.Ordinal);
                    limits.Add((used.GetValueOrDefault(name) ?? new(name)) with
                    {
                        Holders = [.. holders],
                        InUse = permits[name].Sum(permit => permit.Weight),
                        CoolingFor = coolings.GetValueOrDefault(name)?.Left ?? default,
                        CoolingReason = coolings.GetValueOrDefault(name)?.Reason,
                    });
                }
            }

            return [.. limits.OrderBy(limit => limit.Name, StringComparer.Ordinal)];
        },
        cancellation);

    private static List<Cooling> Coolings(IEnumerable<(string Limit, RedisValue Value)> values, long now)
    {
        var coolings = new List<Cooling>();
        foreach (var (limit, value) in values)
        {
            var reader = new ValueReader("A cooling", value);
            if (reader.U8() is var until && until > now)
                coolings.Add(new(limit, TimeSpan.FromMilliseconds(until - now), reader.RestText() ?? ""));
        }

        return coolings;
    }

    private static TimeSpan Milliseconds(RedisResult result) => TimeSpan.FromMilliseconds(long.Parse((string)result!, CultureInfo.InvariantCulture));
}
