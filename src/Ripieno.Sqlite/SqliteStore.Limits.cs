using Ripieno.Storage;

namespace Ripieno.Sqlite;

internal sealed partial class SqliteStore
{
    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public Task<IReadOnlyList<Cooling>> ListCoolingsAsync(IReadOnlyCollection<string> limits, CancellationToken cancellation) => _readers.ReadAsync<IReadOnlyList<Cooling>>(
        db => [.. Coolings(db, Now).Where(cooling => limits.Contains(cooling.Limit, StringComparer.Ordinal))], cancellation);

    public Task<IReadOnlyList<LimitRecord>> ListLimitsAsync(CancellationToken cancellation) => _readers.ReadAsync<IReadOnlyList<LimitRecord>>(
        db =>
        {
            var now = Now;
            var coolings = Coolings(db, now).ToDictionary(cooling => cooling.Limit, StringComparer.Ordinal);
            var holders = db.List(
                """
                SELECT permit.name, instance.id, sum(permit.weight), count(*) FROM permit JOIN instance ON instance.no = permit.owner
                WHERE permit.expires > ?1 AND instance.expires > ?1 GROUP BY permit.name, instance.no ORDER BY 3 DESC, 2
                """, [now], row => (Limit: row.GetString(0), Holder: new LimitHolder(row.GetString(1), row.GetInt32(2), row.GetInt32(3))))
                .ToLookup(one => one.Limit, one => one.Holder, StringComparer.Ordinal);
            var limits = db.List(
                """
                SELECT name, capacity, requests, tokens, used,
                  (SELECT coalesce(sum(requests), 0) FROM rate WHERE rate.name = allowance.name AND second > ?1), (SELECT coalesce(sum(tokens), 0) FROM rate WHERE rate.name = allowance.name AND second > ?1)
                FROM allowance WHERE used > ?2
                """,
                [now / 1000 - RateWindow.Seconds, now - (long)RateWindow.Remembered.TotalMilliseconds],
                row => new LimitRecord(row.GetString(0))
                {
                    Capacity = row.GetIndex(1),
                    RequestsPerMinute = row.GetIndex(2),
                    TokensPerMinute = row.GetIndex(3),
                    UsedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)),
                    Requests = row.GetInt64(5),
                    Tokens = row.GetInt64(6),
                });
            var all = limits.Concat(coolings.Keys.Except(limits.Select(limit => limit.Name), StringComparer.Ordinal).Select(name => new LimitRecord(name)));
            return
            [
                .. all.OrderBy(limit => limit.Name, StringComparer.Ordinal).Select(limit => limit with
                {
                    Holders = [.. holders[limit.Name]],
                    InUse = holders[limit.Name].Sum(holder => holder.InUse),
                    CoolingFor = coolings.GetValueOrDefault(limit.Name)?.Left ?? default,
                    CoolingReason = coolings.GetValueOrDefault(limit.Name)?.Reason,
                }),
            ];
        },
        cancellation);

    private static List<Cooling> Coolings(Connection db, long now) => db.List(
        "SELECT name, until, reason FROM cooling WHERE until > ?1", [now], row => new Cooling(row.GetString(0), TimeSpan.FromMilliseconds(row.GetInt64(1) - now), row.GetString(2)));
}
