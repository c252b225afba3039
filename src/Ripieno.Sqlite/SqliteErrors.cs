using Microsoft.Data.Sqlite;
using Ripieno.Errors;

namespace Ripieno.Sqlite;

/// <summary>What SQLite's result codes mean to a user.</summary>
internal static class SqliteErrors
{
    private const int Busy = 5, Locked = 6, ReadOnly = 8, Io = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26;

    /// <summary>The disk had no room for all of it. The record that makes a commit one is written last, so there is none.</summary>
    public static bool IsFull(SqliteException exception) => exception.SqliteErrorCode == Full;

    public static bool IsBusy(SqliteException exception) => exception.SqliteErrorCode is Busy or Locked;

    /// <summary>True when something is wrong with the file that was read, or somebody is in the way; false = with the place that is written to.</summary>
    public static bool IsOfFile(SqliteException exception) => exception.SqliteErrorCode is Busy or Locked or Corrupt or NotADatabase;

    /// <summary>
    /// What to tell a caller. Only what the outside world can mend is "unavailable" and worth repeating; anything else (a broken constraint, say) is a defect of
    /// the operation and stays what it is.
    /// </summary>
    public static Exception Unavailable(string path, Exception exception) =>
        exception is SqliteException { SqliteErrorCode: Corrupt } corrupt ? new StoreDamagedException($"{path} cannot be read ({corrupt.Message})", corrupt)
        : exception is SqliteException sqlite && Text(path, sqlite) is { } text ? new StoreUnavailableException(text, exception) : exception;

    private static string? Text(string path, SqliteException exception) => exception.SqliteErrorCode switch
    {
        Busy or Locked => $"The store {path} was locked by another process for too long. Look for a stuck process that has the file open.",
        ReadOnly => $"The store {path} cannot be written to. Check the permissions of the file and its folder.",
        Io => $"Reading or writing the store {path} failed ({exception.Message}). Check the disk.",
        Full => $"The disk of the store {path} is full. Free some space; what was accepted before is safe.",
        CannotOpen => $"The store {path} cannot be opened. Check that its folder exists and may be written to.",
        NotADatabase => $"{path} is not a Ripieno store (not an SQLite database). Name another file: --store sqlite:other.db.",
        _ => null,
    };
}
