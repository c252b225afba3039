using System.Reflection;
using Ripieno.Storage;

namespace Ripieno.Workers;

/// <summary>Who this process is, to the store.</summary>
internal static class ThisInstance
{
    public static string Version { get; } =
        typeof(ThisInstance).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    /// <param name="id"><c>INSTANCE_ID</c>, or as the config says; null = host and pid.</param>
    /// <param name="slots">0 for a process that only submits or watches.</param>
    /// <param name="time">For the first heartbeat.</param>
    public static InstanceRecord Describe(string? id, int slots, TimeProvider time) => new(
        Guid.NewGuid(),
        string.IsNullOrWhiteSpace(id) ? $"{Environment.MachineName}-{Environment.ProcessId}" : id,
        ProcessIdentity.Host,
        Environment.ProcessId,
        ProcessIdentity.StartOf(Environment.ProcessId) ?? 0,
        Version,
        slots,
        time.GetUtcNow());
}
