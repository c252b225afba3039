using System.Text;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests;

/// <summary>Runs and instances to fill a store with.</summary>
internal static class Samples
{
    public static RunSubmission Run(string id, int steps = 1) => new()
    {
        Id = id,
        Fingerprint = ContentHash.Of(Encoding.UTF8.GetBytes(id)),
        Title = "Title of " + id,
        Workflow = "standard",
        Snapshot = "{\"snapshot\":1}"u8.ToArray(),
        Input = Encoding.UTF8.GetBytes($"\"{id}\""),
        Steps = [.. Enumerable.Range(0, steps).Select(step => new Ripieno.Runs.StepSpec { Key = $"s{step}", Definition = "work", Class = new("default", "work") })],
    };

    public static InstanceRecord Instance(string id) => new(Guid.NewGuid(), id, "host/boot", 4711, 1, "0.1.0", 8, default);
}
