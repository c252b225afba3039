using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Sqlite;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Sqlite;

/// <summary>A copy of a store in use is a whole store, or there is none.</summary>
public sealed class SqliteBackupTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly SqliteFixture _fixture = new();
    private IStore _store = null!;

    private string Folder => Path.GetDirectoryName(_fixture.File)!;

    private string Target => Path.Combine(Folder, "copies", "a.db");

    public async ValueTask InitializeAsync() => _store = await _fixture.OpenAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task A_copy_made_while_others_write_is_whole_and_holds_all_that_was_accepted_before()
    {
        using var stop = new CancellationTokenSource();
        var accepted = 0;
        var writers = Enumerable.Range(0, 3).Select(writer => Task.Run(async () =>
        {
            var other = await _fixture.OpenAsync();
            for (var run = 0; !stop.IsCancellationRequested; run++)
            {
                await other.SubmitAsync(Samples.Run($"w{writer}-{run}", steps: 20), None);
                Interlocked.Increment(ref accepted);
            }
        })).ToList();

        for (var copy = 0; copy < 5; copy++)
        {
            while (Volatile.Read(ref accepted) < (copy + 1) * 10)
                await _store.ListRunsAsync(null, null, 1, None);
            var before = await _store.ListRunsAsync(null, null, 1_000_000, None);
            var writtenBefore = Volatile.Read(ref accepted);

            var found = await SqliteBackup.WriteAsync(_fixture.File, Target, overwrite: true, _ => true, None);

            Assert.Equal((Target, 0), (found.Store.Location, found.Problems.Count));
            await using var opened = await SqliteStore.OpenAsync(Target, _fixture.Time, None);
            Assert.Empty((await opened.CheckAsync(None)).Problems);
            var held = (await opened.ListRunsAsync(null, null, 1_000_000, None)).Select(run => run.Id).ToHashSet(StringComparer.Ordinal);
            Assert.Superset(before.Select(run => run.Id).ToHashSet(StringComparer.Ordinal), held);
            Assert.True(held.Count >= writtenBefore);
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        Assert.Empty((await _store.CheckAsync(None)).Problems);
    }

    [Fact]
    public async Task A_copy_is_one_file_and_leaves_no_draft()
    {
        await _store.SubmitAsync(Samples.Run("one"), None);

        await SqliteBackup.WriteAsync(_fixture.File, Target, overwrite: false, _ => true, None);

        Assert.Equal([Target], Directory.GetFileSystemEntries(Path.GetDirectoryName(Target)!));
        Assert.Equal(1, SqliteFixture.Number(Target, $"SELECT count(*) FROM run WHERE status = {(int)RunStatus.Running}"));
    }

    [Fact]
    public async Task What_is_there_is_overwritten_only_on_demand()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!);
        await File.WriteAllTextAsync(Target, "mine");

        var refused = await Assert.ThrowsAsync<ConflictException>(() => SqliteBackup.WriteAsync(_fixture.File, Target, overwrite: false, _ => true, None));
        Assert.Contains("--force", refused.Message, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(Target));

        await SqliteBackup.WriteAsync(_fixture.File, Target, overwrite: true, _ => true, None);
        Assert.Equal(Schema.Version, SqliteFixture.Number(Target, "PRAGMA user_version"));
    }

    [Fact]
    public async Task A_store_at_work_is_not_overwritten_even_on_demand()
    {
        var other = await SqliteStore.OpenAsync(Target, _fixture.Time, None);
        await using (other)
        {
            await other.SubmitAsync(Samples.Run("live"), None);
            await Assert.ThrowsAsync<ConflictException>(() => SqliteBackup.WriteAsync(_fixture.File, Target, overwrite: true, _ => true, None));
            Assert.NotNull(await other.FindRunAsync("live", None));
        }

        await SqliteBackup.WriteAsync(_fixture.File, Target, overwrite: true, _ => true, None);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-wal")]
    [InlineData("-shm")]
    public async Task The_stores_own_files_are_never_the_target(string companion)
    {
        await Assert.ThrowsAsync<ConflictException>(() => SqliteBackup.WriteAsync(_fixture.File, _fixture.File + companion, overwrite: true, _ => true, None));
    }

    [Fact]
    public async Task A_copy_that_turns_out_unsound_is_not_kept_and_the_last_one_stays()
    {
        await _store.SubmitAsync(Samples.Run("one"), None);
        await SqliteBackup.WriteAsync(_fixture.File, Target, overwrite: false, _ => true, None);
        SqliteFixture.Run(_fixture.File, "UPDATE run SET open = 99");

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => SqliteBackup.WriteAsync(_fixture.File, Target, overwrite: true, _ => true, None));

        Assert.Contains("count of open steps is wrong", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, SqliteFixture.Number(Target, "SELECT count(*) FROM run WHERE open < 99"));
        Assert.Equal([Target], Directory.GetFileSystemEntries(Path.GetDirectoryName(Target)!));
    }

    [Fact]
    public async Task Where_nothing_can_be_written_it_says_so()
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "file"), "");

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(
            () => SqliteBackup.WriteAsync(_fixture.File, Path.Combine(Folder, "file", "a.db"), overwrite: false, _ => true, None));

        Assert.Contains("cannot be written", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copy_that_is_called_off_leaves_nothing_behind()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SqliteBackup.WriteAsync(_fixture.File, Target, overwrite: false, _ => true, source.Token));

        Assert.False(File.Exists(Target));
    }
}
