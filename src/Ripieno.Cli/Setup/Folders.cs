namespace Ripieno.Cli.Setup;

/// <summary>Files written so that no one ever sees half of one.</summary>
internal static class Folders
{
    /// <summary>Throws when no file can be written where the folder is or will be.</summary>
    public static void EnsureWritable(string folder)
    {
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } parent)
            folder = parent;
        using var probe = new FileStream(
            Path.Combine(folder, $".ripieno-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
    }

    /// <summary>Writes a whole file or nothing.</summary>
    /// <returns>False when the file was there already and must be kept.</returns>
    public static bool Write(string path, string text, bool overwrite)
    {
        if (!overwrite && File.Exists(path))
            return false;
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        var draft = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}");
        try
        {
            File.WriteAllText(draft, text);
            File.Move(draft, path, overwrite);
            return true;
        }
        finally
        {
            File.Delete(draft);
        }
    }
}
