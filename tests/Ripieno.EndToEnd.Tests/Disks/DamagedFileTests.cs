using System.Text;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Storage;

namespace Ripieno.EndToEnd.Tests.Disks;

/// <summary>A store whose pages were damaged by a bad disk: it is said what is wrong and what to do.</summary>
[Collection(Collections.Embedded)]
public sealed class DamagedFileTests(ITestOutputHelper output)
{
    private const int PageSize = 4096;

    [Fact]
    public async Task Damaged_pages_are_reported_and_never_exported_as_results()
    {
        var seed = Storms.Seed(2301);
        var random = new Random(seed);
        var damages = Storms.Long ? 200 : 4;
        using var workspace = new Workspace();
        workspace.Write("config/agents.config.json", """{ "runtime": { "simulated": { "latency": "1ms", "seed": 1 } } }""");
        for (var run = 0; run < 3; run++)
        {
            workspace.Write($"run-{run}.json", StormBacklog.Write($"run-{run}", tasks: 6, new Random(run)));
            (await RipienoProcess.RunAsync(workspace, "run", $"run-{run}.json", "--id", $"run-{run}", "--provider", "simulated", "--quiet")).Exits(0);
        }

        var healthy = await File.ReadAllBytesAsync(workspace.Store);
        var expected = await LookAsync(workspace);
        Assert.All(expected, look => Assert.Equal(0, look.ExitCode));

        var tally = new DamageTally();
        for (var damage = 0; damage < damages; damage++)
        {
            var file = (byte[])healthy.Clone();
            var kind = Damage(file, random);
            Replace(workspace, file);
            foreach (var (look, truth) in (await LookAsync(workspace)).Zip(expected))
                tally.Add($"damage {damage} ({kind})", look, truth, isExport: ReferenceEquals(truth, expected[^1]));
        }

        output.Tell($"seed {seed}: {damages} damages, {damages * expected.Count} looks: {tally}");
        tally.WriteTo(output);
        Assert.True(tally.Reported > damages / 2, "The damage must have been met.");
        // Contents are named by their hash, so a wrong one can be told.
        Assert.Empty(tally.WrongFiles);
        Assert.Empty(tally.Internal);
        Assert.Empty(tally.Unclear);
        Assert.DoesNotContain(tally.WrongRows, row => !row.Contains("flipped bits", StringComparison.Ordinal));
    }

    /// <summary>What a bad disk does: loses a page, writes it elsewhere, or turns some bits over.</summary>
    private static string Damage(byte[] file, Random random)
    {
        var count = file.Length / PageSize;
        var pages = random.Next(1, 9);
        switch (random.Next(4))
        {
            case 0:
                for (var page = 0; page < pages; page++)
                    random.NextBytes(file.AsSpan(random.Next(count) * PageSize, PageSize));
                return "noise";
            case 1:
                for (var page = 0; page < pages; page++)
                    file.AsSpan(random.Next(count) * PageSize, PageSize).Clear();
                return "zeros";
            case 2:
                for (var page = 0; page < pages; page++)
                    file.AsSpan(random.Next(count) * PageSize, PageSize).CopyTo(file.AsSpan(random.Next(count) * PageSize));
                return "misplaced pages";
            default:
                for (var page = 0; page < pages; page++)
                    file[random.Next(count) * PageSize + random.Next(PageSize)] ^= (byte)(1 << random.Next(8));
                return "flipped bits";
        }
    }

    private static void Replace(Workspace workspace, byte[] file)
    {
        foreach (var old in Directory.GetFiles(Path.GetDirectoryName(workspace.Store)!))
            File.Delete(old);
        File.WriteAllBytes(workspace.Store, file);
    }

    /// <summary>Everything that the store has to tell, by the commands that tell it.</summary>
    private static async Task<List<ProcessResult>> LookAsync(Workspace workspace)
    {
        var looks = new List<ProcessResult> { await RipienoProcess.RunAsync(workspace, "runs", "--json") };
        for (var run = 0; run < 3; run++)
            looks.Add(await RipienoProcess.RunAsync(workspace, "show", $"run-{run}", "--steps", "--json"));
        var folder = workspace.In("out");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        var export = await RipienoProcess.RunAsync(workspace, "artifacts", "run-1", "--out", folder, "--quiet");
        var files = new StringBuilder(export.Output);
        string[] written = export.ExitCode == 0 ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [];
        foreach (var file in written.Order(StringComparer.Ordinal))
            files.Append(file).Append(' ').Append(ContentHash.Of(await File.ReadAllBytesAsync(file))).Append('\n');
        looks.Add(export with { Output = files.ToString() });
        return looks;
    }
}
