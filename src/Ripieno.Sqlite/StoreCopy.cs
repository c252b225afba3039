using Microsoft.Data.Sqlite;
using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Sqlite;

/// <summary>A file beside the store in use: a backup that was just made, or one that is to be put in its place.</summary>
internal static class StoreCopy
{
    /// <summary>The index of the log; made anew when it is missing.</summary>
    public const string LogIndex = "-shm";

    /// <summary>The log of commits, and the journal of other modes.</summary>
    public static IReadOnlyList<string> Logs { get; } = ["-wal", "-journal"];

    /// <summary>What SQLite keeps beside a file.</summary>
    public static IReadOnlyList<string> Companions { get; } = [.. Logs, LogIndex];

    /// <summary>What every SQLite file begins with.</summary>
    private static ReadOnlySpan<byte> Magic => "SQLite format 3\0"u8;

    /// <summary>Looks through a whole file: is it a store of this version, and sound?</summary>
    /// <param name="path">The file; nobody else uses it.</param>
    /// <param name="name">What to call it.</param>
    /// <exception cref="StoreUnavailableException">It is not, and why.</exception>
    public static StoreCheck Check(string path, string name)
    {
        RefuseOther(path, name);
        try
        {
            using var db = Connection.Open(path, readOnly: true);
            var (application, version) = (db.Number("PRAGMA application_id"), db.Number("PRAGMA user_version"));
            if (application != Schema.ApplicationId)
                throw new StoreUnavailableException($"{name} is an SQLite database of another program, not a copy of a Ripieno store. Name another file.");
            if (version != Schema.Version)
            {
                throw new StoreUnavailableException(
                    $"{name} has schema version {version}; this Ripieno knows {Schema.Version}. Use the {(version > Schema.Version ? "newer" : "older")} Ripieno that wrote it.");
            }

            var found = new Checkup(db, new("sqlite", path, "SQLite " + db.EngineVersion, Schema.Version, "")).Look();
            return found.Problems.Count == 0 ? found : throw Damaged(name, found.Problems[0]);
        }
        catch (SqliteException exception)
        {
            throw Damaged(name, exception.Message);
        }
    }

    public static void Remove(string path)
    {
        foreach (var file in Companions.Select(companion => path + companion).Prepend(path).Where(File.Exists))
            File.Delete(file);
    }

    private static void RefuseOther(string path, string name)
    {
        var head = new byte[16];
        using (var file = File.OpenRead(path))
        {
            if (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length || !head.AsSpan().SequenceEqual(Magic))
                throw new StoreUnavailableException($"{name} is not a copy of a Ripieno store ({(file.Length == 0 ? "it is empty" : "not an SQLite database")}). Name another file.");
        }
    }

    private static StoreUnavailableException Damaged(string name, string why) =>
        new($"{name} is damaged ({why}). Use another copy: one that 'ripieno store backup' made is whole.");
}
