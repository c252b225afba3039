using Ripieno.Storage.Moving;

namespace Ripieno.Sqlite.Operations;

/// <summary>The mark that the store's runs go on in another one. Its row stays when the store is opened again, because it has the store's name.</summary>
internal static class Closing
{
    /// <returns>Null = the store is open.</returns>
    public static string? Target(Connection db)
    {
        using var row = db.Query("SELECT target FROM closing WHERE one = 1");
        return row.Read() ? row.GetText(0) : null;
    }

    public static StoreClosing? Find(Connection db)
    {
        using var row = db.Query("SELECT store, target, at FROM closing WHERE target IS NOT NULL");
        return row.Read() ? new(row.GetString(0), row.GetString(1), Records.Time(row, 2)!.Value) : null;
    }

    public static StoreClosing Close(Session session, string location, string target)
    {
        if (session.ClosedFor is { } other && other != target)
            throw StoreClosing.Elsewhere(location, other);
        if (session.ClosedFor is null)
        {
            session.Db.Execute(
                "INSERT INTO closing(one, store, target, at) VALUES(1, ?1, ?2, ?3) ON CONFLICT DO UPDATE SET target = ?2, at = ?3", Guid.NewGuid().ToString("n"), target, session.Now);
            session.ClosedFor = target;
        }

        return Find(session.Db)!;
    }

    public static bool Reopen(Session session)
    {
        if (session.ClosedFor is null)
            return false;
        session.Db.Execute("UPDATE closing SET target = NULL, at = NULL");
        session.ClosedFor = null;
        return true;
    }
}
