using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>Adds lines to the logs of runs, of each of which the newest stay.</summary>
internal static class AppendLog
{
    private const long Hour = 3_600_000;

    /// <returns>False when it is a repeat.</returns>
    public static bool Execute(Session session, LogBatch batch)
    {
        if (session.Db.NumberOrNull("SELECT batch FROM log_origin WHERE origin = ?1", batch.Origin) >= batch.Number)
            return false;
        foreach (var lines in batch.Lines.GroupBy(line => line.RunId, StringComparer.Ordinal))
        {
            // Not through the run's row, which would be loaded and kept for this.
            if (session.Db.NumberOrNull("SELECT no FROM run WHERE id = ?1", lines.Key) is not { } run)
                continue;
            var last = session.Db.Number("SELECT coalesce(max(no), 0) FROM log WHERE run = ?1", run);
            foreach (var line in lines)
                session.Db.Execute("INSERT INTO log(run, no, body) VALUES(?1, ?2, ?3)", run, ++last, line.Body.ToArray());
            session.Db.Execute("DELETE FROM log WHERE run = ?1 AND no <= ?2", run, last - ContentLimits.Log);
        }

        session.Db.Execute("DELETE FROM log_origin WHERE at < ?1", session.Now - Hour);
        session.Db.Execute(
            "INSERT INTO log_origin(origin, batch, at) VALUES(?1, ?2, ?3) ON CONFLICT(origin) DO UPDATE SET batch = ?2, at = ?3", batch.Origin, batch.Number, session.Now);
        return true;
    }
}
