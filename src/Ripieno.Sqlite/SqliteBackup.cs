using Microsoft.Data.Sqlite;
using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Sqlite;

/// <summary>
/// A consistent copy of a store while others write to it: SQLite writes one snapshot into a new file, without the free room of the old one. Not the online backup
/// API, which begins anew whenever another process commits and so may never end on a busy store.
/// </summary>
internal static class SqliteBackup
{
    /// <summary>Makes the copy under a name of its own, flushes and checks it, and only then gives it its name: there is never half a backup.</summary>
    /// <param name="store">The store's file.</param>
    /// <param name="target">The file to make.</param>
    /// <param name="overwrite">False = refuse when it is there already.</param>
    /// <param name="mayLive">Tells of an instance registered in the file to be overwritten whether its process may be there.</param>
    /// <param name="cancellation">Ends the copying; nothing stays behind.</param>
    /// <returns>What the copy holds.</returns>
    /// <exception cref="ConflictException">The target is there already, or is the store itself.</exception>
    /// <exception cref="StoreUnavailableException">The store cannot be read, the target not be written, or what was copied is damaged.</exception>
    public static async Task<StoreCheck> WriteAsync(string store, string target, bool overwrite, Func<InstanceRecord, bool> mayLive, CancellationToken cancellation)
    {
        (store, target) = (NetworkFiles.RealPath(Path.GetFullPath(store)), NetworkFiles.RealPath(Path.GetFullPath(target)));
        Refuse(store, target, overwrite);
        // It may be a store at work, named by mistake: whoever has it open would go on in a file that nobody finds any more.
        using (CurrentStore.Hold(target, mayLive))
        {
        }

        var folder = Path.GetDirectoryName(target)!;
        var draft = Path.Combine(folder, $".{Path.GetFileName(target)}.{Guid.NewGuid():n}");
        try
        {
            Directory.CreateDirectory(folder);
            await Task.Run(() => Copy(store, draft, target, cancellation), cancellation);
            DurableFiles.Flush(draft);
            var found = await Task.Run(() => StoreCopy.Check(draft, "The copy"), cancellation);
            // A log that an older file of this name left would be read into the new one.
            foreach (var companion in StoreCopy.Companions)
                File.Delete(target + companion);
            File.Move(draft, target, overwrite);
            DurableFiles.FlushFolder(folder);
            return found with { Store = found.Store with { Location = target } };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"The backup {target} cannot be written: {exception.Message}", exception);
        }
        finally
        {
            StoreCopy.Remove(draft);
        }
    }

    private static void Refuse(string store, string target, bool overwrite)
    {
        if (target == store || StoreCopy.Companions.Any(companion => target == store + companion))
            throw new ConflictException($"{target} belongs to the store itself. Name another file for the backup.");
        if (Directory.Exists(target))
            throw new ConflictException($"{target} is a folder. Name a file in it: {Path.Combine(target, "ripieno.backup.db")}");
        if (!overwrite && File.Exists(target))
            throw new ConflictException($"{target} exists already. Use --force to overwrite it, or name another file.");
    }

    private static void Copy(string store, string draft, string target, CancellationToken cancellation)
    {
        try
        {
            using var db = Connection.Open(store, readOnly: true);
            using var stop = cancellation.Register(db.Interrupt);
            db.Execute("VACUUM INTO ?1", draft);
        }
        catch (SqliteException exception)
        {
            cancellation.ThrowIfCancellationRequested();
            throw SqliteErrors.IsOfFile(exception)
                ? SqliteErrors.Unavailable(store, exception)
                : new StoreUnavailableException($"The backup {target} cannot be written ({exception.Message}). Check its folder and the free space there.", exception);
        }
    }
}
