using System.Globalization;
using Microsoft.Data.Sqlite;
using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Sqlite;

/// <summary>
/// Puts a backup in the place of a store. The backup is copied beside the store and looked through there, so that what was checked is what will be used; then it
/// takes the store's name in one step, and the file that had it keeps another. At each moment there is a whole file under the store's name: the old one, or the new one.
/// </summary>
internal sealed class SqliteRestore : IDisposable
{
    private readonly string _store;
    private readonly string _draft;
    private readonly Func<InstanceRecord, bool> _mayLive;
    private readonly TimeProvider _time;

    private SqliteRestore(string store, string draft, Func<InstanceRecord, bool> mayLive, TimeProvider time, StoreCheck backup)
    {
        (_store, _draft, _mayLive, _time) = (store, draft, mayLive, time);
        Backup = backup;
    }

    /// <summary>What the backup holds.</summary>
    public StoreCheck Backup { get; }

    /// <summary>Copies and checks; changes nothing yet.</summary>
    /// <param name="store">The store's file, which may be missing or damaged.</param>
    /// <param name="backup">A file that <see cref="SqliteBackup"/> made, or a copy of a store together with its log.</param>
    /// <param name="mayLive">Tells of a registered instance whether its process may be there.</param>
    /// <param name="time">For the name of the replaced file.</param>
    /// <param name="cancellation">Ends the copying; nothing stays behind.</param>
    /// <exception cref="NotFoundException">There is no such backup.</exception>
    /// <exception cref="ConflictException">The store is in use, or it is itself what was named.</exception>
    /// <exception cref="StoreUnavailableException">The backup is no sound store of this version.</exception>
    public static async Task<SqliteRestore> PrepareAsync(
        string store, string backup, Func<InstanceRecord, bool> mayLive, TimeProvider time, CancellationToken cancellation)
    {
        // The files themselves, not links to them: a link would be replaced, and its file left behind.
        (store, backup) = (NetworkFiles.RealPath(Path.GetFullPath(store)), NetworkFiles.RealPath(Path.GetFullPath(backup)));
        if (backup == store)
            throw new ConflictException($"{backup} is the store itself. Name a backup of it.");
        if (!File.Exists(backup))
            throw new NotFoundException($"There is no file {backup}. Name a backup that 'ripieno store backup FILE' made.");
        NetworkFiles.Refuse(store);
        using (CurrentStore.Hold(store, mayLive))
        {
        }

        var draft = Path.Combine(Path.GetDirectoryName(store)!, $".{Path.GetFileName(store)}.restore-{Guid.NewGuid():n}");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(store)!);
            await CopyAsync(backup, draft, cancellation);
            var found = await Task.Run(() => Look(draft, backup), cancellation);
            return new(store, draft, mayLive, time, found with { Store = found.Store with { Location = backup } });
        }
        catch (Exception exception)
        {
            StoreCopy.Remove(draft);
            if (exception is IOException or UnauthorizedAccessException)
                throw new StoreUnavailableException($"{backup} cannot be copied to {Path.GetDirectoryName(store)}: {exception.Message}", exception);
            throw;
        }
    }

    /// <summary>Puts the backup in the store's place.</summary>
    /// <returns>Where the replaced file is now; null when there was none.</returns>
    /// <exception cref="ConflictException">The store is in use.</exception>
    public string? Replace()
    {
        var kept = KeptName();
        try
        {
            // Closed before the swap, which would otherwise fail on Windows. Whoever opens the file in between works on the old one, under its other name.
            using (CurrentStore.Hold(_store, _mayLive))
            {
            }

            var isThere = File.Exists(_store);
            Swap(isThere, kept);
            DurableFiles.FlushFolder(Path.GetDirectoryName(_store)!);
            return isThere ? kept : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"The store {_store} could not be replaced and is as it was: {exception.Message}", exception);
        }
    }

    public void Dispose() => StoreCopy.Remove(_draft);

    /// <summary>A name that nothing has: what was kept by a restore a moment ago may be the only copy of it.</summary>
    private string KeptName()
    {
        var name = $"{_store}.before-restore-{_time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}";
        var kept = name;
        for (var number = 2; File.Exists(kept) || StoreCopy.Companions.Any(companion => File.Exists(kept + companion)); number++)
            kept = $"{name}-{number}";
        return kept;
    }

    private void Swap(bool isThere, string kept)
    {
        // A log that is left belongs to a file too damaged to be merged with it. It must go first: beside another file SQLite would read it into that.
        var aside = StoreCopy.Logs.Where(log => File.Exists(_store + log)).ToList();
        File.Delete(_store + StoreCopy.LogIndex);
        foreach (var log in aside)
            File.Move(_store + log, kept + log);
        try
        {
            // Links the old file to its new name, then renames over it: never a moment without a store.
            if (isThere)
                File.Replace(_draft, _store, kept);
            else
                File.Move(_draft, _store);
        }
        catch
        {
            foreach (var log in aside)
                File.Move(kept + log, _store + log);
            throw;
        }
    }

    private static async Task CopyAsync(string backup, string draft, CancellationToken cancellation)
    {
        await CopyFileAsync(backup, draft, cancellation);
        // Someone copied a store that was not closed, both files of it.
        if (File.Exists(backup + "-wal"))
            await CopyFileAsync(backup + "-wal", draft + "-wal", cancellation);
    }

    private static async Task CopyFileAsync(string from, string to, CancellationToken cancellation)
    {
        await using var source = File.OpenRead(from);
        await using var target = File.Create(to);
        await source.CopyToAsync(target, cancellation);
    }

    private static StoreCheck Look(string draft, string backup)
    {
        if (File.Exists(draft + "-wal"))
            Merge(draft, backup);
        var found = StoreCopy.Check(draft, backup);
        DurableFiles.Flush(draft);
        return found;
    }

    private static void Merge(string draft, string backup)
    {
        try
        {
            using var db = Connection.Open(draft, readOnly: false);
            db.Run("PRAGMA journal_mode = DELETE");
        }
        catch (SqliteException exception)
        {
            throw new StoreUnavailableException($"{backup} and its log {backup}-wal do not make a store ({exception.Message}). Use another copy.", exception);
        }
    }
}
