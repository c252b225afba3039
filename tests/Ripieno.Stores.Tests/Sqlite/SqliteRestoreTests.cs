using Ripieno.Errors;
using Ripieno.Sqlite;

namespace Ripieno.Stores.Tests.Sqlite;

/// <summary>A backup takes a store's place whole, or everything stays as it was.</summary>
public sealed class SqliteRestoreTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly SqliteFixture _fixture = new();

    private string Store => _fixture.File;

    private string Folder => Path.GetDirectoryName(Store)!;

    private string Backup => Path.Combine(Folder, "backup", "a.db");

    private string Kept => Store + ".before-restore-20260101T080000Z";

    /// <summary>A backup with the run <c>saved</c>, of a store that has <c>lost</c> besides.</summary>
    public async ValueTask InitializeAsync()
    {
        await FillAsync("saved");
        await SqliteBackup.WriteAsync(Store, Backup, overwrite: false, _ => true, None);
        await FillAsync("lost");
    }

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task The_backup_is_the_store_and_the_old_file_is_kept()
    {
        using (var restore = await PrepareAsync())
        {
            Assert.Equal((Backup, 1), (restore.Backup.Store.Location, restore.Backup.Runs.Values.Sum()));
            Assert.Equal(["lost", "saved"], await RunsAsync(Store));
            Assert.Equal(Kept, restore.Replace());
        }

        Assert.Equal(["saved"], await RunsAsync(Store));
        Assert.Equal(["lost", "saved"], await RunsAsync(Kept));
        Assert.Equal(new[] { Store, Kept }.Order(StringComparer.Ordinal), Directory.GetFiles(Folder).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_second_restore_in_the_same_second_never_overwrites_what_an_earlier_one_kept()
    {
        using (var first = await PrepareAsync())
            Assert.Equal(Kept, first.Replace());
        using (var second = await PrepareAsync())
            Assert.Equal(Kept + "-2", second.Replace());

        Assert.Equal(["lost", "saved"], await RunsAsync(Kept));
    }

    [Fact]
    public async Task Behind_a_link_the_file_is_replaced_and_not_the_link()
    {
        var link = Path.Combine(Folder, "link.db");
        File.CreateSymbolicLink(link, Store);

        using (var restore = await SqliteRestore.PrepareAsync(link, Backup, _ => false, _fixture.Time, None))
            Assert.Equal(Kept, restore.Replace());

        Assert.Equal(Store, File.ResolveLinkTarget(link, returnFinalTarget: true)!.FullName);
        Assert.Equal(["saved"], await RunsAsync(Store));
    }

    [Fact]
    public async Task A_store_that_is_gone_is_made_again()
    {
        File.Delete(Store);

        using (var restore = await PrepareAsync())
            Assert.Null(restore.Replace());

        Assert.Equal(["saved"], await RunsAsync(Store));
        Assert.Equal([Store], Directory.GetFiles(Folder));
    }

    [Fact]
    public async Task A_restore_that_is_only_prepared_changes_nothing()
    {
        (await PrepareAsync()).Dispose();

        Assert.Equal(["lost", "saved"], await RunsAsync(Store));
        Assert.Equal([Store], Directory.GetFiles(Folder));
    }

    [Fact]
    public async Task What_a_killed_process_left_in_the_log_is_in_the_kept_file()
    {
        var aside = Directory.CreateDirectory(Path.Combine(Folder, "aside")).FullName;
        await using (var store = await OpenAsync(Store))
        {
            await store.SubmitAsync(Samples.Run("in-the-log"), None);
            foreach (var file in Directory.GetFiles(Folder))
                File.Copy(file, Path.Combine(aside, Path.GetFileName(file)));
        }

        foreach (var file in Directory.GetFiles(aside))
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)), overwrite: true);
        Assert.True(new FileInfo(Store + "-wal").Length > 0);

        using (var restore = await PrepareAsync())
            restore.Replace();

        Assert.False(File.Exists(Store + "-wal"));
        Assert.Equal(["saved"], await RunsAsync(Store));
        Assert.Equal(["in-the-log", "lost", "saved"], await RunsAsync(Kept));
    }

    [Fact]
    public async Task A_damaged_stores_log_is_put_aside_and_not_read_into_the_backup()
    {
        await File.WriteAllBytesAsync(Store, [.. Enumerable.Repeat((byte)7, 9000)]);
        await File.WriteAllBytesAsync(Store + "-wal", [.. Enumerable.Repeat((byte)8, 9000)]);
        await File.WriteAllBytesAsync(Store + "-shm", [1, 2, 3]);

        using (var restore = await PrepareAsync())
            restore.Replace();

        Assert.Equal(9000, new FileInfo(Kept + "-wal").Length);
        Assert.Equal(new[] { Store, Kept, Kept + "-wal" }.Order(StringComparer.Ordinal), Directory.GetFiles(Folder).Order(StringComparer.Ordinal));
        Assert.Equal(["saved"], await RunsAsync(Store));
    }

    [Fact]
    public async Task A_copy_of_an_open_store_is_used_together_with_its_log()
    {
        var copy = Path.Combine(Folder, "backup", "raw.db");
        await using (var store = await OpenAsync(Store))
        {
            await store.SubmitAsync(Samples.Run("in-the-log"), None);
            File.Copy(Store, copy);
            File.Copy(Store + "-wal", copy + "-wal");
        }

        using (var restore = await PrepareAsync(copy))
            restore.Replace();

        Assert.Equal(["in-the-log", "lost", "saved"], await RunsAsync(Store));
    }

    [Fact]
    public async Task What_fails_half_way_leaves_the_old_store()
    {
        using (var restore = await PrepareAsync())
        {
            // The old file cannot get the name that it is to be kept under.
            Directory.CreateDirectory(Path.Combine(Kept, "full"));

            var failed = Assert.Throws<StoreUnavailableException>(restore.Replace);
            Assert.Contains("is as it was", failed.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["lost", "saved"], await RunsAsync(Store));
        Assert.Equal([Store], Directory.GetFiles(Folder));
    }

    [Theory]
    [InlineData("UPDATE run SET open = 99", "damaged")]
    [InlineData("PRAGMA user_version = 99", "schema version 99")]
    [InlineData("PRAGMA user_version = 1", "older Ripieno")]
    [InlineData("PRAGMA application_id = 5", "another program")]
    public async Task A_backup_that_is_no_sound_store_of_this_version_is_refused(string change, string why)
    {
        SqliteFixture.Run(Backup, change);
        await RefusedAsync(why);
    }

    [Fact]
    public async Task A_damaged_backup_is_refused()
    {
        await using (var file = File.OpenWrite(Backup))
        {
            file.Position = 5000;
            await file.WriteAsync(new byte[9000]);
        }

        await RefusedAsync("damaged");
    }

    [Fact]
    public async Task A_truncated_backup_is_refused()
    {
        await using (var file = File.OpenWrite(Backup))
            file.SetLength(3 * 4096);
        await RefusedAsync("damaged");
    }

    [Theory]
    [InlineData("")]
    [InlineData("Buy milk. Buy milk.")]
    public async Task What_is_no_database_is_refused(string text)
    {
        await File.WriteAllTextAsync(Backup, text);
        await RefusedAsync("not a copy of a Ripieno store");
    }

    [Fact]
    public async Task Another_programs_file_in_the_stores_place_is_not_touched()
    {
        File.Delete(Store);
        SqliteFixture.Run(Store, "CREATE TABLE recipes(name TEXT)");
        var before = await File.ReadAllBytesAsync(Store);

        await RefusedAsync("database of another program", looks: false);

        Assert.Equal(before, await File.ReadAllBytesAsync(Store));
    }

    [Fact]
    public async Task A_store_that_a_live_instance_works_on_is_not_replaced()
    {
        await using (var store = await OpenAsync(Store))
            await store.RegisterInstanceAsync(Samples.Instance("gpu-worker"), TimeSpan.FromSeconds(30), None);

        var refused = await Assert.ThrowsAsync<ConflictException>(() => PrepareAsync(mayLive: true));
        Assert.Contains("gpu-worker (pid 4711)", refused.Message, StringComparison.Ordinal);

        // Its process is gone: whatever the file says, nobody works on it.
        (await PrepareAsync(mayLive: false)).Dispose();
    }

    [Fact]
    public async Task A_store_that_is_merely_open_is_not_replaced()
    {
        await using (await OpenAsync(Store))
        {
            var refused = await Assert.ThrowsAsync<ConflictException>(() => PrepareAsync());
            Assert.Contains("open in another process", refused.Message, StringComparison.Ordinal);
        }

        (await PrepareAsync()).Dispose();
    }

    [Fact]
    public async Task A_store_that_was_opened_after_the_look_is_not_replaced()
    {
        using (var restore = await PrepareAsync())
        {
            await using (await OpenAsync(Store))
                Assert.Throws<ConflictException>(restore.Replace);
        }

        Assert.Equal(["lost", "saved"], await RunsAsync(Store));
    }

    [Fact]
    public async Task What_is_not_there_or_is_the_store_itself_is_refused()
    {
        await Assert.ThrowsAsync<NotFoundException>(() => PrepareAsync(Backup + "x"));
        await Assert.ThrowsAsync<ConflictException>(() => PrepareAsync(Store));
    }

    private Task<SqliteRestore> PrepareAsync(string? backup = null, bool mayLive = true) =>
        SqliteRestore.PrepareAsync(Store, backup ?? Backup, _ => mayLive, _fixture.Time, None);

    private async Task RefusedAsync(string why, bool looks = true)
    {
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => PrepareAsync());

        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Equal([Store], Directory.GetFiles(Folder));
        if (looks)
            Assert.Equal(["lost", "saved"], await RunsAsync(Store));
    }

    private Task<SqliteStore> OpenAsync(string path) => SqliteStore.OpenAsync(path, _fixture.Time, None);

    private async Task FillAsync(string run)
    {
        await using var store = await OpenAsync(Store);
        await store.SubmitAsync(Samples.Run(run), None);
    }

    private async Task<string[]> RunsAsync(string path)
    {
        await using var store = await OpenAsync(path);
        Assert.Empty((await store.CheckAsync(None)).Problems);
        return [.. (await store.ListRunsAsync(null, null, 1000, None)).Select(run => run.Id).Order(StringComparer.Ordinal)];
    }
}
