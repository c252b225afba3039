using System.Text;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Workflows;

namespace Ripieno.Benchmarks.Stores;

/// <summary>The runs that benchmarks are made of.</summary>
internal static class Work
{
    /// <summary>Name of the one step definition, and of the executor behind it.</summary>
    public const string Name = "work";

    public static readonly StepClass Class = new("default", Name);

    /// <summary>Shared by all runs, as the snapshot of an unchanged configuration is.</summary>
    private static readonly ReadOnlyMemory<byte> Snapshot = RunSnapshots.Write(new()
    {
        Workflow = new() { Name = "benchmark", Steps = [new() { Name = Name, Executor = Name }] },
        Agents = [],
        MaxRevisions = 0,
    });

    private static readonly string Filler = new('p', 151);

    public static StepSpec Step(string key, params string[] dependsOn) => new() { Key = key, Definition = Name, Class = Class, DependsOn = [.. dependsOn] };

    /// <summary>Steps that wait for nothing.</summary>
    public static IEnumerable<StepSpec> Steps(int count) => Enumerable.Range(0, count).Select(number => Step($"step-{number}"));

    /// <summary>Steps that wait for each other, one after the other.</summary>
    public static IEnumerable<StepSpec> Chain(string name, int count) =>
        Enumerable.Range(0, count).Select(number => number == 0 ? Step($"{name}-0") : Step($"{name}-{number}", $"{name}-{number - 1}"));

    public static RunSubmission Run(string id, IEnumerable<StepSpec> steps) => new()
    {
        Id = id,
        Fingerprint = ContentHash.Of(default),
        Title = id,
        Workflow = "benchmark",
        Snapshot = Snapshot,
        MaxSteps = int.MaxValue,
        Steps = [.. steps],
    };

    /// <summary>The same step with an input of 160 bytes that no other step of its run has.</summary>
    public static StepSpec WithInput(StepSpec step, int number) => step with { Input = Payload(number) };

    /// <summary>160 bytes, as large as what the peers' steps get and leave, and like no other of its run.</summary>
    public static byte[] Payload(int number) => Encoding.UTF8.GetBytes($$"""{"step":"{{number:D8}}","text":"{{Filler[..121]}}","ok":true}""");

    /// <summary>A result of 160 bytes.</summary>
    public static StepCompletion SmallResult(StepLease lease) => new() { Result = Payload(lease.StepIndex) };

    /// <summary>A result of 190 bytes, as large as the yardstick's and like no other of its run, so that none is kept only once.</summary>
    public static StepCompletion Result(StepLease lease)
    {
        var text = $$"""{"step":"{{lease.StepIndex:D8}}","text":"{{Filler}}","ok":true}""";
        return new() { Result = Encoding.UTF8.GetBytes(text) };
    }
}
