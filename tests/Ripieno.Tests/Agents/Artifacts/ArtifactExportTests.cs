using System.Text;
using Ripieno.Agents;
using Ripieno.Agents.Artifacts;
using Ripieno.Agents.Planning;
using Ripieno.Backlogs;
using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Tests.Agents.Reports;

namespace Ripieno.Tests.Agents.Artifacts;

public sealed class ArtifactExportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ripieno-export-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_run_is_laid_out_for_people()
    {
        var written = await ExportAsync(SampleRun.Make());

        Assert.Equal(
            [
                "plan.md", "review-notes.md", "summary.md", "tasks/bad/NOT-ACCEPTED.md", "tasks/bad/b.py", "tasks/good/src/a.py",
            ],
            Files());
        Assert.Equal(Files(), written.Select(path => Path.GetRelativePath(RunFolder, path)).Order(StringComparer.Ordinal));
        Assert.Equal("v2", Read("tasks/good/src/a.py"));
        Assert.Equal("# the plan", Read("plan.md"));
        Assert.Contains("round 1 of task `bad`", Read("tasks/bad/NOT-ACCEPTED.md"), StringComparison.Ordinal);
        Assert.Contains("> Task 'bad' was not accepted after 0 revisions: all wrong", Read("tasks/bad/NOT-ACCEPTED.md"), StringComparison.Ordinal);
        Assert.Contains("### Round 1: sent back", Read("review-notes.md"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repeated_it_writes_nothing_and_mends_what_was_changed()
    {
        var run = SampleRun.Make();
        await ExportAsync(run);
        var before = File.GetLastWriteTimeUtc(Place("plan.md"));

        Assert.Empty(await ExportAsync(run));
        await File.WriteAllTextAsync(Place("tasks/good/src/a.py"), "v3");
        File.Delete(Place("summary.md"));

        Assert.Equal([Place("tasks/good/src/a.py"), Place("summary.md")], await ExportAsync(run));
        Assert.Equal("v2", Read("tasks/good/src/a.py"));
        Assert.Equal(before, File.GetLastWriteTimeUtc(Place("plan.md")));
    }

    [Fact]
    public async Task During_a_run_the_newest_version_is_there_and_marked_and_later_gives_way_to_the_accepted_one()
    {
        var run = new StoredRun();
        run.Add("plan", "plan", StepStatus.Expanded, RunJson.Write(new Plan("s", [new("t", "T", "", [], [], BacklogPriority.Medium)], [])));
        run.AddWork("tasks/t", StepStatus.Expanded, "first", null, ("a.py", "v1"), ("deep/old.py", "old"), ("kept.py", "mine"));
        run.Add("tasks/t/review-1", "review", StepStatus.Running);
        await ExportAsync(run);
        Assert.Equal(["a.py", "deep/old.py", "kept.py", "NOT-ACCEPTED.md"], TaskFiles());
        Assert.Contains("in progress", Read("tasks/t/NOT-ACCEPTED.md"), StringComparison.Ordinal);
        await File.WriteAllTextAsync(Place("tasks/t/kept.py"), "changed by someone");

        run.AddReview("tasks/t/review-2", 2, approved: true, "");
        var accepted = run.AddWork("tasks/t/execute-2", StepStatus.Succeeded, "second", null, ("a.py", "v2"));
        run["tasks/t"] = run["tasks/t"] with { Status = StepStatus.Succeeded, Accepted = accepted.Index };
        await ExportAsync(run);

        Assert.Equal(["a.py", "kept.py"], TaskFiles());
        Assert.Equal("v2", Read("tasks/t/a.py"));
        Assert.False(Directory.Exists(Place("tasks/t/deep")));

        IEnumerable<string> TaskFiles() =>
            Files().Where(file => file.StartsWith("tasks/t/", StringComparison.Ordinal)).Select(file => file["tasks/t/".Length..]).Order(StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_aborted_write_leaves_the_old_content_and_no_rubbish()
    {
        await ExportAsync(SampleRun.Make());
        await File.WriteAllTextAsync(Place("plan.md"), "old");
        var folder = ExportFolder.Open(_folder, StoredRun.Id);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => folder.WriteAsync("plan.md", "new"u8.ToArray(), new(canceled: true)));

        Assert.Equal("old", Read("plan.md"));
        Assert.Equal(6, Directory.GetFiles(RunFolder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }).Length);
    }

    [Fact]
    public async Task A_reader_never_sees_half_a_file()
    {
        var folder = ExportFolder.Open(_folder, StoredRun.Id);
        await folder.WriteAsync("a", "old"u8.ToArray(), default);
        await using var reader = new FileStream(Place("a"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

        await folder.WriteAsync("a", "replaced"u8.ToArray(), default);

        var seen = new byte[100];
        Assert.Equal("old", Encoding.UTF8.GetString(seen, 0, await reader.ReadAsync(seen)));
        Assert.Equal("replaced", Read("a"));
    }

    [Theory]
    [InlineData("tasks", true)]
    [InlineData("tasks/good", true)]
    [InlineData("tasks/good/src", true)]
    [InlineData("tasks/good/src/a.py", false)]
    [InlineData("plan.md", false)]
    [InlineData("", true)]
    public async Task Links_are_not_followed(string path, bool isFolder)
    {
        var outside = Directory.CreateTempSubdirectory("ripieno-outside-").FullName;
        try
        {
            var link = Place(path).TrimEnd('/');
            Directory.CreateDirectory(Path.GetDirectoryName(link)!);
            if (isFolder)
                Directory.CreateSymbolicLink(link, outside);
            else
                File.CreateSymbolicLink(link, Path.Combine(outside, "not-there-yet"));

            var exception = await Assert.ThrowsAsync<InvalidInputException>(() => ExportAsync(SampleRun.Make()));

            Assert.Contains("found a link to", exception.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(outside));
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }

    [Fact]
    public async Task A_bad_name_in_the_store_is_refused()
    {
        var run = new StoredRun();
        run.Add("plan", "plan", StepStatus.Expanded, RunJson.Write(new Plan("s", [new("t", "T", "", [], [], BacklogPriority.Medium)], [])));
        run.AddWork("tasks/t", StepStatus.Succeeded, "first", null, ("../../evil", "x"));

        await Assert.ThrowsAsync<InvalidInputException>(() => ExportAsync(run));

        Assert.DoesNotContain(Directory.GetFiles(_folder, "*", SearchOption.AllDirectories), file => file.EndsWith("evil", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    public void Run_ids_that_are_no_folder_names_are_refused(string runId) =>
        Assert.Throws<InvalidInputException>(() => ExportFolder.Open(_folder, runId));

    [Fact]
    public async Task An_unknown_run_is_said_to_be_unknown()
    {
        await Assert.ThrowsAsync<NotFoundException>(() => ArtifactExport.ExportAsync(new StoredRun(), "other", _folder, default));

        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    private string RunFolder => Path.Combine(_folder, StoredRun.Id);

    private Task<IReadOnlyList<string>> ExportAsync(IStore run) => ArtifactExport.ExportAsync(run, StoredRun.Id, _folder, default);

    private string Place(string path) => Path.Combine(RunFolder, path);

    private string Read(string path) => File.ReadAllText(Place(path));

    private IEnumerable<string> Files() =>
        Directory.GetFiles(RunFolder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(RunFolder, file)).Order(StringComparer.Ordinal);
}
