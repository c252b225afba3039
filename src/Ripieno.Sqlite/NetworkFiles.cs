using Ripieno.Errors;

namespace Ripieno.Sqlite;

/// <summary>SQLite's locks and its shared memory do not work across machines; two hosts on one file would corrupt it.</summary>
internal static class NetworkFiles
{
    private static readonly string[] Kinds = ["nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "sshfs", "fuse.sshfs", "9p", "afs", "ceph", "glusterfs", "fuse.glusterfs", "lustre"];

    public static void Refuse(string path)
    {
        var kind = KindOf(path);
        if (kind is not null && Kinds.Contains(kind, StringComparer.OrdinalIgnoreCase))
            throw new StoreUnavailableException($"The store {path} lies on a network file system ({kind}), where SQLite can lose data. Put it on a local disk: --store sqlite:/local/path.db.");
    }

    /// <summary>The path with the links on its way followed, as far as it exists.</summary>
    public static string RealPath(string path)
    {
        if (LinkTarget(path) is { } target)
            return RealPath(target);
        return Path.GetDirectoryName(path) is { } folder ? Path.Combine(RealPath(folder), Path.GetFileName(path)) : path;
    }

    private static string? LinkTarget(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName;
        }
        catch (IOException)
        {
            // Not there yet, so no link either.
            return null;
        }
    }

    /// <summary>File system type of the mount that holds the path; null when it cannot be told.</summary>
    private static string? KindOf(string path)
    {
        try
        {
            var real = RealPath(path);
            return DriveInfo.GetDrives()
                .Where(drive => real.StartsWith(drive.RootDirectory.FullName.TrimEnd('/') + '/', StringComparison.Ordinal))
                .MaxBy(drive => drive.RootDirectory.FullName.Length)?.DriveFormat;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
