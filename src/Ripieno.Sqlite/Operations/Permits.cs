using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>Limits that all processes on the file share: calls at once, rates, and coolings.</summary>
internal static class Permits
{
    public static PermitReply Acquire(Session session, PermitRequest request)
    {
        var owner = Instances.LiveNumber(session, request.Incarnation);
        var id = request.Permit.ToByteArray();
        if (session.Db.NumberOrNull("SELECT 1 FROM permit WHERE id = ?1 AND expires > ?2", id, session.Now) is not null)
            return new(PermitOutcome.Given);
        if (Cooling(session, request.Limit) is { } cooling)
            return cooling;
        var second = session.Now / 1000;
        var tokens = Math.Min(request.Tokens, request.TokensPerMinute ?? int.MaxValue);
        if (Pace(session, request, second, tokens) is { } wait)
            return new(PermitOutcome.Paced, wait);
        if (request.Capacity is { } capacity && Held(session, request.Limit) + request.Weight > capacity)
            return new(PermitOutcome.Full);
        session.Db.Execute("DELETE FROM permit WHERE (name = ?1 AND expires <= ?2) OR id = ?3", request.Limit, session.Now, id);
        session.Db.Execute(
            "INSERT INTO permit(id, name, capacity, weight, owner, expires, second, tokens) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            id, request.Limit, request.Capacity, request.Weight, owner, session.Now + (long)request.Duration.TotalMilliseconds, second, tokens);
        session.Db.Execute(
            "INSERT INTO allowance(name, capacity, requests, tokens, used) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET capacity = ?2, requests = ?3, tokens = ?4, used = ?5",
            request.Limit, request.Capacity, request.RequestsPerMinute, request.TokensPerMinute, session.Now);
        session.Db.Execute("DELETE FROM rate WHERE name = ?1 AND second <= ?2", request.Limit, second - RateWindow.Seconds);
        Count(session, request.Limit, second, 1, tokens);
        return new(PermitOutcome.Given);
    }

    public static bool Release(Session session, HeldPermit permit, int? tokens)
    {
        var id = permit.Permit.ToByteArray();
        long second, reserved;
        using (var row = session.Db.Query("SELECT second, tokens FROM permit WHERE id = ?1", id))
        {
            if (!row.Read())
                return false;
            (second, reserved) = (row.GetInt64(0), row.GetInt64(1));
        }

        session.Db.Execute("DELETE FROM permit WHERE id = ?1", id);
        // Less than was reserved was never used; more is used only now, as far as anybody could know.
        if (tokens < reserved)
            session.Db.Execute("UPDATE rate SET tokens = tokens - ?3 WHERE name = ?1 AND second = ?2", permit.Limit, second, reserved - tokens);
        else if (tokens > reserved)
            Count(session, permit.Limit, session.Now / 1000, 0, tokens.Value - reserved);
        return true;
    }

    public static IReadOnlyList<HeldPermit> Keep(Session session, Guid incarnation, IReadOnlyCollection<HeldPermit> permits)
    {
        var owner = Instances.Number(session, incarnation);
        var lost = new List<HeldPermit>();
        foreach (var ofLimit in permits.GroupBy(permit => permit.Limit, StringComparer.Ordinal))
        {
            var used = Held(session, ofLimit.Key, except: owner);
            foreach (var permit in ofLimit)
            {
                var held = session.Db.List(
                    "SELECT weight, capacity FROM permit WHERE id = ?1 AND owner = ?2 AND expires > ?3", [permit.Permit.ToByteArray(), owner, session.Now],
                    row => (Weight: row.GetInt64(0), Capacity: row.GetNumber(1) ?? long.MaxValue));
                if (held is [var one] && used + one.Weight <= one.Capacity)
                {
                    used += one.Weight;
                    continue;
                }

                lost.Add(permit);
                session.Db.Execute("DELETE FROM permit WHERE id = ?1 AND owner = ?2", permit.Permit.ToByteArray(), owner);
            }
        }

        return lost;
    }

    public static bool Cool(Session session, string limit, TimeSpan rest, string reason)
    {
        session.Db.Execute("DELETE FROM cooling WHERE until <= ?1", session.Now);
        return session.Db.Execute(
            "INSERT INTO cooling(name, until, reason) VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET until = ?2, reason = ?3 WHERE until < ?2",
            limit, session.Now + (long)rest.TotalMilliseconds, reason) > 0;
    }

    private static PermitReply? Cooling(Session session, string limit)
    {
        using var row = session.Db.Query("SELECT until, reason FROM cooling WHERE name = ?1 AND until > ?2", limit, session.Now);
        return row.Read() ? new(PermitOutcome.Cooling, TimeSpan.FromMilliseconds(row.GetInt64(0) - session.Now), row.GetString(1)) : null;
    }

    /// <summary>What live instances hold. A silent one's permits wait for it until its place is taken: see <see cref="Keep"/>.</summary>
    private static long Held(Session session, string limit, long? except = null) => session.Db.Number(
        """
        SELECT sum(permit.weight) FROM permit JOIN instance ON instance.no = permit.owner
        WHERE permit.name = ?1 AND permit.expires > ?2 AND instance.expires > ?2 AND instance.no IS NOT ?3
        """, limit, session.Now, except);

    /// <summary>How long the rates make a request wait; null = not at all.</summary>
    private static TimeSpan? Pace(Session session, PermitRequest request, long second, long tokens)
    {
        if (request.RequestsPerMinute is null && request.TokensPerMinute is null)
            return null;
        var uses = session.Db.List(
            "SELECT second, requests, tokens FROM rate WHERE name = ?1 AND second > ?2 AND second < ?3 ORDER BY second", [request.Limit, second - RateWindow.Seconds, second + RateWindow.Seconds],
            row => (Second: row.GetInt64(0), Requests: row.GetInt64(1), Tokens: row.GetInt64(2)));
        var byRequests = FreeAt(uses, use => use.Requests, 1, request.RequestsPerMinute);
        var byTokens = FreeAt(uses, use => use.Tokens, tokens, request.TokensPerMinute);
        if (byTokens > session.Now + (long)RateWindow.Settling.TotalMilliseconds)
        {
            var reserved = session.Db.Number("SELECT sum(tokens) FROM permit WHERE name = ?1 AND second > ?2", request.Limit, second - RateWindow.Seconds);
            if (uses.Sum(use => use.Tokens) - reserved + tokens <= request.TokensPerMinute)
                byTokens = session.Now + (long)RateWindow.Settling.TotalMilliseconds;
        }

        return byRequests is null && byTokens is null ? null : TimeSpan.FromMilliseconds(Math.Max(byRequests ?? 0, byTokens ?? 0) - session.Now);
    }

    /// <summary>When enough of what was used counts no longer; null = there is room now.</summary>
    private static long? FreeAt(List<(long Second, long Requests, long Tokens)> uses, Func<(long Second, long Requests, long Tokens), long> of, long wanted, int? limit)
    {
        if (limit is null || uses.Sum(of) + wanted - limit.Value is var over && over <= 0)
            return null;
        foreach (var use in uses)
        {
            over -= of(use);
            if (over <= 0)
                return (use.Second + RateWindow.Seconds) * 1000;
        }

        return null;
    }

    private static void Count(Session session, string limit, long second, int requests, long tokens) => session.Db.Execute(
        "INSERT INTO rate(name, second, requests, tokens) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET requests = requests + ?3, tokens = tokens + ?4",
        limit, second, requests, tokens);
}
