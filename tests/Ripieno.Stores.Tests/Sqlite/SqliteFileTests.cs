using Ripieno.Errors;
using Ripieno.Sqlite;

namespace Ripieno.Stores.Tests.Sqlite;

/// <summary>Files that are no good store are refused, and left as they are.</summary>
public sealed class SqliteFileTests : IAsyncLifetime
{
    private readonly SqliteFixture _fixture = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Another_programs_database_is_refused_and_not_touched()
    {
        SqliteFixture.Run(_fixture.File, "CREATE TABLE recipes(name TEXT); INSERT INTO recipes VALUES('soup')");
        var before = await File.ReadAllBytesAsync(_fixture.File);

        await RefusedAsync("database of another program");

        Assert.Equal(before, await File.ReadAllBytesAsync(_fixture.File));
    }

    [Fact]
    public async Task What_is_no_database_is_refused_and_not_touched()
    {
        var text = string.Concat(Enumerable.Repeat("Buy milk. ", 1000));
        await File.WriteAllTextAsync(_fixture.File, text);

        await RefusedAsync("not a Ripieno store");

        Assert.Equal(text, await File.ReadAllTextAsync(_fixture.File));
    }

    [Fact]
    public async Task A_damaged_file_is_refused()
    {
        await MakeAsync();
        await using (var file = File.OpenWrite(_fixture.File))
        {
            file.Position = 100;
            await file.WriteAsync(new byte[1000]);
        }

        await RefusedAsync("damaged");
    }

    [Fact]
    public async Task A_truncated_file_is_refused()
    {
        await MakeAsync();
        await using (var file = File.OpenWrite(_fixture.File))
            file.SetLength(3 * 4096);

        await RefusedAsync("damaged");
    }

    [Fact]
    public async Task A_folder_is_refused()
    {
        Directory.CreateDirectory(_fixture.File);
        await RefusedAsync("cannot be opened");
    }

    [Fact]
    public async Task An_empty_file_becomes_a_store()
    {
        await File.WriteAllBytesAsync(_fixture.File, []);
        await MakeAsync();
        Assert.Equal(Schema.ApplicationId, SqliteFixture.Number(_fixture.File, "PRAGMA application_id"));
    }

    [Fact]
    public async Task A_closed_store_is_one_file()
    {
        await using (var store = await _fixture.OpenAsync())
            Assert.Empty(await store.ListInstancesAsync(CancellationToken.None));
        Assert.Equal([_fixture.File], Directory.GetFiles(Path.GetDirectoryName(_fixture.File)!));
    }

    [Fact]
    public async Task Folders_on_the_way_are_made()
    {
        var path = Path.Combine(Path.GetDirectoryName(_fixture.File)!, "a", "b", "store.db");
        await using var store = await SqliteStore.OpenAsync(path, _fixture.Time, CancellationToken.None);
        Assert.True(File.Exists(path));
        Assert.Equal(("sqlite", path), (store.Description.Kind, store.Description.Location));
    }

    [Fact]
    public async Task Many_processes_may_make_the_file_at_once()
    {
        var stores = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(_fixture.OpenAsync)));
        foreach (var store in stores)
            Assert.Empty(await store.ListInstancesAsync(CancellationToken.None));
    }

    private async Task MakeAsync()
    {
        await using var store = await _fixture.OpenAsync();
    }

    private async Task RefusedAsync(string why)
    {
        var refused = await Assert.ThrowsAnyAsync<RipienoException>(() => _fixture.OpenAsync());
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Contains(_fixture.File, refused.Message, StringComparison.Ordinal);
    }
}
