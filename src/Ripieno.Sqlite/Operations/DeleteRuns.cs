using Ripieno.Runs;

namespace Ripieno.Sqlite.Operations;

/// <summary>A run loses its id, and with it is gone for everyone; then its rows go, batch by batch.</summary>
internal static class DeleteRuns
{
    /// <summary>Contents of one transaction. Fewer than a batch of other rows, because one may be megabytes of pages.</summary>
    private const int Contents = 16;

    public static int Execute(Session session, IReadOnlyCollection<string> runIds)
    {
        var deleted = 0;
        foreach (var id in runIds)
        {
            if (session.FindRun(id) is not { } run || run.Status == RunStatus.Running)
                continue;
            run.Write(session);
            session.Forget(run);
            session.Db.Execute("UPDATE run SET id = NULL WHERE no = ?1", run.No);
            Unfinished.Delete(session, run);
            deleted++;
        }

        return deleted;
    }

    /// <returns>False when nothing of the run is left.</returns>
    public static bool Advance(Session session, RunRow run)
    {
        // From table to table until a batch is full: most runs are gone in one.
        var deleted = 0;
        while (deleted < session.Batch && Rows(session, run) is var rows and > 0)
            deleted += rows;
        if (deleted >= session.Batch)
            return true;
        var snapshot = session.Db.Blob("SELECT snapshot FROM run WHERE no = ?1", run.No);
        session.Forget(run);
        session.Db.Execute("DELETE FROM run WHERE no = ?1", run.No);
        session.Db.Execute("DELETE FROM snapshot WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM run WHERE snapshot = ?1)", snapshot);
        return false;
    }

    /// <returns>How many rows of the first table that has some were deleted; contents count for more.</returns>
    private static int Rows(Session session, RunRow run)
    {
        var deleted = session.Db.Execute(
            "DELETE FROM step WHERE run = ?1 AND ix < coalesce((SELECT ix FROM step WHERE run = ?1 ORDER BY ix LIMIT 1 OFFSET ?2 + 0), 1 << 40)", run.No, session.Batch);
        if (deleted > 0)
            return deleted;
        deleted = session.Db.Execute(
            """
            DELETE FROM edge WHERE run = ?1 AND (source, target) IN (SELECT source, target FROM edge WHERE run = ?1 ORDER BY source, target LIMIT ?2 + 0)
            """, run.No, session.Batch);
        if (deleted > 0)
            return deleted;
        deleted = session.Db.Execute(
            "DELETE FROM event WHERE run = ?1 AND no < coalesce((SELECT no FROM event WHERE run = ?1 ORDER BY no LIMIT 1 OFFSET ?2 + 0), 1 << 40)", run.No, session.Batch);
        if (deleted > 0)
            return deleted;
        deleted = session.Db.Execute(
            "DELETE FROM log WHERE run = ?1 AND no < coalesce((SELECT no FROM log WHERE run = ?1 ORDER BY no LIMIT 1 OFFSET ?2 + 0), 1 << 40)", run.No, session.Batch);
        if (deleted > 0)
            return deleted;
        deleted = session.Db.Execute(
            "DELETE FROM artifact WHERE run = ?1 AND (ix, name) IN (SELECT ix, name FROM artifact WHERE run = ?1 ORDER BY ix, name LIMIT ?2 + 0)", run.No, session.Batch);
        return deleted > 0
            ? deleted
            : session.Batch * session.Db.Execute("DELETE FROM content WHERE run = ?1 AND hash IN (SELECT hash FROM content WHERE run = ?1 ORDER BY hash LIMIT ?2 + 0)", run.No, Contents);
    }
}
