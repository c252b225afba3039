using Microsoft.Data.Sqlite;
using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Sqlite;

/// <summary>The store that is to be replaced: nobody may be using it.</summary>
internal static class CurrentStore
{
    /// <summary>Makes sure that nobody does, and that all of it is in one file.</summary>
    /// <returns>What is to be disposed before the file is renamed; null when there is no store, or none that can be opened.</returns>
    /// <exception cref="ConflictException">Somebody uses it, and who.</exception>
    public static IDisposable? Hold(string path, Func<InstanceRecord, bool> mayLive)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
            return null;
        Connection? db = null;
        try
        {
            SqliteStore.RefuseForeign(path);
            db = Connection.Open(path, readOnly: false);
            RefuseLive(path, [.. Instances(db).Where(mayLive)]);
            // Leaving the log's mode needs the file for itself: the one way to learn of processes that are not registered, such as a display.
            return db.List("PRAGMA journal_mode = DELETE", [], row => row.GetString(0)) is ["delete"] ? db : throw InUse(path);
        }
        catch (SqliteException exception) when (SqliteErrors.IsBusy(exception))
        {
            db?.Dispose();
            throw InUse(path);
        }
        catch (SqliteException)
        {
            // Damaged, perhaps the reason for the restore: who is registered in it cannot be told any more.
            db?.Dispose();
            return null;
        }
        catch
        {
            db?.Dispose();
            throw;
        }
    }

    private static List<InstanceRecord> Instances(Connection db) =>
        db.Number("SELECT count(*) FROM sqlite_master WHERE name = 'instance'") == 0 ? [] : db.List(Records.Instances, [], Records.ReadInstance);

    private static ConflictException InUse(string path) =>
        new($"The store {path} is open in another process. Stop it ('ripieno watch', say, or another tool on the file), then try again.");

    private static void RefuseLive(string path, IReadOnlyList<InstanceRecord> live)
    {
        if (live.Count == 0)
            return;
        var who = string.Join(", ", live.Select(instance => $"{instance.Id} (pid {instance.Pid})"));
        throw new ConflictException($"The store {path} is in use by {who}. Stop {(live.Count == 1 ? "it" : "them")}, then try again.");
    }
}
