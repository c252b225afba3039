namespace Ripieno.Diagnostics;

/// <summary>Looks at the machine. What cannot be found out is null, never an error.</summary>
internal static class MachineProbe
{
    /// <param name="dataPath">A file or folder where data lies or will lie; its nearest existing folder tells the free disk.</param>
    /// <param name="time">The clock that bounds calls of tools.</param>
    /// <param name="cancellation">Ends the look.</param>
    public static async Task<Machine> ReadAsync(string dataPath, TimeProvider time, CancellationToken cancellation)
    {
        var memory = OperatingSystem.IsLinux() ? new MachineMemory("/").Read() : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var gpus = await new MachineGpus("/").ReadAsync(time, cancellation);
        return new Machine(Environment.ProcessorCount, memory, gpus, FreeDisk(dataPath));
    }

    /// <summary>Free bytes for this user where the path lies or will lie; null = unknown.</summary>
    public static long? FreeDisk(string path)
    {
        try
        {
            var folder = Path.GetFullPath(path);
            while (!Directory.Exists(folder))
            {
                if (Path.GetDirectoryName(folder) is not { } parent)
                    return null;
                folder = parent;
            }

            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
