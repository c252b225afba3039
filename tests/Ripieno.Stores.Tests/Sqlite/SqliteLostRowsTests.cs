using Ripieno.Errors;
using Ripieno.Sqlite;
using Ripieno.Stores.Tests.Moving;

namespace Ripieno.Stores.Tests.Sqlite;

/// <summary>Rows that are gone although the file is a sound one, as after a page that a disk wrote elsewhere: a list that is shorter is an error, not an answer.</summary>
public sealed class SqliteLostRowsTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly SqliteFixture _fixture = new();

    public async ValueTask InitializeAsync()
    {
        await using var store = await _fixture.OpenAsync();
        await new FullStore(store, _fixture.Time).FillAsync(12);
        await store.SettleAsync(None);
    }

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task A_lost_step_is_told_wherever_steps_or_artifacts_are_listed()
    {
        SqliteFixture.Run(_fixture.File, "DELETE FROM step WHERE run = (SELECT no FROM run WHERE id = 'done') AND ix = 0");
        await using var store = await _fixture.OpenAsync();

        Assert.Contains("1 of the 2 steps of run 'done'", (await Assert.ThrowsAsync<StoreDamagedException>(() => store.ListStepsAsync("done", -1, 10, None))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreDamagedException>(() => store.ListArtifactsAsync("done", null, None));
        Assert.NotEmpty(await store.ListStepsAsync("failed", -1, 10, None));
    }

    [Fact]
    public async Task A_lost_artifact_is_told_where_they_are_listed_and_by_the_check()
    {
        SqliteFixture.Run(_fixture.File, "DELETE FROM artifact WHERE name = 'b.bin' AND run = (SELECT no FROM run WHERE id = 'done')");
        await using var store = await _fixture.OpenAsync();

        foreach (var step in (int?[])[null, 0])
            Assert.Contains("1 of the 2 artifacts of run 'done'", (await Assert.ThrowsAsync<StoreDamagedException>(() => store.ListArtifactsAsync("done", step, None))).Message, StringComparison.Ordinal);
        Assert.Contains((await store.CheckAsync(None)).Problems, problem => problem.Contains("done", StringComparison.Ordinal) && problem.Contains("artifact", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_of_earlier_days_is_worked_on_and_counts_from_then_on()
    {
        SqliteFixture.Run(_fixture.File, "ALTER TABLE step DROP COLUMN files");
        Assert.Empty(StoreCopy.Check(_fixture.File, "the copy").Problems);
        await using var old = await _fixture.OpenAsync();
        Assert.Equal(2, (await old.ListArtifactsAsync("done", null, None)).Count);

        await new FullStore(old, _fixture.Time).FinishAsync();

        Assert.Empty((await old.CheckAsync(None)).Problems);
        Assert.Equal(0, SqliteFixture.Number(_fixture.File, "SELECT count(*) FROM step WHERE files IS NOT NULL AND files <> (SELECT count(*) FROM artifact WHERE artifact.run = step.run AND artifact.ix = step.ix)"));
    }
}
