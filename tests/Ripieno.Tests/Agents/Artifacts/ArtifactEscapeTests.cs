using System.Diagnostics;
using System.Globalization;
using Ripieno.Agents;
using Ripieno.Agents.Artifacts;
using Ripieno.Agents.Planning;
using Ripieno.Backlogs;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Tests.Agents.Artifacts;

/// <summary>Whatever a model calls its files, and whatever lies in the way: an export writes, reads and deletes below its own folder only.</summary>
public sealed class ArtifactEscapeTests : IDisposable
{
    private readonly ITestOutputHelper _output;
    private readonly string _outer = Directory.CreateTempSubdirectory("ripieno-escape-").FullName;

    /// <summary>Deep enough that a few steps up still end in the folder that is watched.</summary>
    private readonly string _root;

    private readonly string _secret;

    public ArtifactEscapeTests(ITestOutputHelper output)
    {
        _output = output;
        _root = Path.Combine(_outer, "one", "two", "three", "export");
        _secret = Path.Combine(_outer, "outside", "secret.txt");
        Directory.CreateDirectory(_root);
        Directory.CreateDirectory(Path.GetDirectoryName(_secret)!);
        File.WriteAllText(_secret, "keep me");
    }

    public void Dispose() => Directory.Delete(_outer, recursive: true);

    [Fact]
    public async Task No_name_leads_out_of_the_export()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("RIPIENO_TEST_SEED"), CultureInfo.InvariantCulture, out var given) ? given : 2222;
        var before = Outside();
        string[] aimed = [.. EvilNames.Known, _secret, $"{_outer}/evil", "../../../../../outside/secret.txt", "a/../../../../../../outside/secret.txt", "..\\..\\..\\..\\..\\outside\\secret.txt"];
        foreach (var name in aimed)
        {
            Assert.NotNull(ArtifactName.Problem(name));
            var folder = ExportFolder.Open(_root, "aimed");
            await Assert.ThrowsAsync<InvalidInputException>(() => folder.WriteAsync(name, "evil"u8.ToArray(), default));
            await Assert.ThrowsAsync<InvalidInputException>(() => folder.HoldsAsync(name, ContentHash.Of("keep me"u8), default));
            Assert.Throws<InvalidInputException>(() => folder.Delete(name));
            await Assert.ThrowsAsync<InvalidInputException>(() => ArtifactExport.ExportAsync(RunWith(name), StoredRun.Id, _root, default));
        }

        var (composed, accepted) = (0, 0);
        foreach (var name in EvilNames.Composed(seed, 20_000).Distinct(StringComparer.Ordinal))
        {
            composed++;
            var run = $"composed-{composed.ToString(CultureInfo.InvariantCulture)}";
            if (ArtifactName.Problem(name) is not null)
            {
                await Assert.ThrowsAsync<InvalidInputException>(() => ExportFolder.Open(_root, run).WriteAsync(name, "evil"u8.ToArray(), default));
                continue;
            }

            accepted++;
            var written = await ExportFolder.Open(_root, run).WriteAsync(name, "fine"u8.ToArray(), default);
            // Exactly there, under exactly that name.
            Assert.Equal($"{_root}/{run}/{name}", written);
            Assert.Equal([written], Directory.GetFiles(Path.Combine(_root, run), "*", Everything));
        }

        Assert.Equal(before, Outside());
        var line = $"seed {seed}: {aimed.Length} known tricks and {composed} composed names tried, {accepted} of these fine and written where they belong; 0 escapes";
        _output.WriteLine(line);
        TestContext.Current.SendDiagnosticMessage(line);
        Assert.True(accepted > 100 && composed - accepted > 1000, "Both kinds of names must have been tried.");
    }

    /// <summary>Links that lie where the export wants to write: at every level, to folders, files and nothing, by absolute and relative ways.</summary>
    [Fact]
    public async Task No_planted_link_leads_out_of_the_export()
    {
        var before = Outside();
        var run = Path.Combine(_root, StoredRun.Id);
        string[] places = ["", "tasks", "tasks/t", "tasks/t/src", "tasks/t/src/a.py", "plan.md", "summary.md", "review-notes.md"];
        string[] targets =
        [
            Path.Combine(_outer, "outside"), _secret, Path.Combine(_outer, "nothing"), "/", "..", "../../../../../outside", "../../../../../outside/secret.txt", "../../../../../../outside/secret.txt",
            "../../nothing", ".", "tasks",
        ];
        var tried = 0;
        foreach (var place in places)
        {
            foreach (var target in targets)
            {
                var link = Path.Combine(run, place).TrimEnd('/');
                Directory.CreateDirectory(Path.GetDirectoryName(link)!);
                File.CreateSymbolicLink(link, target);
                var refused = await Assert.ThrowsAsync<InvalidInputException>(() => ArtifactExport.ExportAsync(RunWith("src/a.py"), StoredRun.Id, _root, default));
                Assert.Contains("link", refused.Message, StringComparison.Ordinal);
                File.Delete(link);
                if (Directory.Exists(run))
                    Directory.Delete(run, recursive: true);
                Assert.Equal(before, Outside());
                tried++;
            }
        }

        var line = $"{tried} links planted in {places.Length} places; 0 followed";
        _output.WriteLine(line);
        TestContext.Current.SendDiagnosticMessage(line);
    }

    [Fact]
    public async Task A_second_name_of_a_file_outside_is_replaced_and_the_file_kept()
    {
        var place = Path.Combine(_root, StoredRun.Id, "tasks", "t", "src", "a.py");
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        using (var link = Process.Start("ln", [_secret, place]))
        {
            await link.WaitForExitAsync();
            Assert.Equal(0, link.ExitCode);
        }

        await ArtifactExport.ExportAsync(RunWith("src/a.py"), StoredRun.Id, _root, default);

        Assert.Equal("evil", await File.ReadAllTextAsync(place));
        Assert.Equal("keep me", await File.ReadAllTextAsync(_secret));
    }

    private static EnumerationOptions Everything => new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };

    /// <summary>All that lies outside of the export, with what is in it.</summary>
    private List<string> Outside() =>
    [
        .. Directory.GetFileSystemEntries(_outer, "*", Everything)
            .Where(entry => !entry.StartsWith(_root + "/", StringComparison.Ordinal))
            .Select(entry => File.Exists(entry) ? $"{entry}: {File.ReadAllText(entry)}" : entry)
            .Order(StringComparer.Ordinal),
    ];

    private static StoredRun RunWith(string name)
    {
        var run = new StoredRun();
        run.Add("plan", "plan", StepStatus.Expanded, RunJson.Write(new Plan("s", [new("t", "T", "", [], [], BacklogPriority.Medium)], [])), files: ("plan.md", "# the plan"));
        var work = run.AddWork("tasks/t", StepStatus.Succeeded, "done", null, (name, "evil"));
        run["tasks/t"] = work with { Accepted = work.Index };
        return run;
    }
}
