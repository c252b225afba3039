using Microsoft.Data.Sqlite;
using Ripieno.Errors;
using Ripieno.Sqlite;

namespace Ripieno.Stores.Tests.Sqlite;

/// <summary>The writer's promises when something goes wrong between the first write and the flushed commit.</summary>
public sealed class WriterTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly SqliteFixture _fixture = new();
    private Writer _writer = null!;
    private int _wakes;

    public async ValueTask InitializeAsync()
    {
        await using (await _fixture.OpenAsync())
        {
        }

        SqliteFixture.Run(
            _fixture.File,
            """
            CREATE TABLE tally(name TEXT PRIMARY KEY, n INTEGER NOT NULL);
            CREATE TABLE heap(body BLOB);
            CREATE TABLE child(parent TEXT REFERENCES tally(name) DEFERRABLE INITIALLY DEFERRED);
            """);
        _writer = new(_fixture.File, Connection.Open(_fixture.File, readOnly: false), _fixture.Time, batch: 100, _ => _wakes++);
    }

    public async ValueTask DisposeAsync()
    {
        _writer.Dispose();
        await _fixture.DisposeAsync();
    }

    [Fact]
    public async Task What_waits_together_is_committed_together()
    {
        var (all, _) = await GroupAsync(Count("a"), Count("b"), Count("c"));
        await Task.WhenAll(all);
        Assert.Equal(2, _wakes);
        Assert.Equal(2, SqliteFixture.Number(_fixture.File, "SELECT max(commits) FROM writer"));
    }

    [Fact]
    [Trait("Promise", "I5")]
    public async Task Only_the_operation_that_cannot_be_written_fails_and_the_others_happen_once()
    {
        var (all, executions) = await GroupAsync(Count("a"), Fails, Count("b"));

        await all[0];
        await Assert.ThrowsAsync<SqliteException>(() => all[1]);
        await all[2];

        Assert.True(executions() > 3, "The group was not executed again, so nothing was rolled back.");
        Assert.Equal((1, 1), (Tally("a"), Tally("b")));
        Assert.Equal(0, Tally("half"));
    }

    [Fact]
    public async Task A_refusal_is_told_and_leaves_the_others_alone()
    {
        var (all, executions) = await GroupAsync(Count("a"), _ => throw new ConflictException("no"), Count("b"));

        await all[0];
        await Assert.ThrowsAsync<ConflictException>(() => all[1]);
        await all[2];

        Assert.Equal(3, executions());
        Assert.Equal((1, 1), (Tally("a"), Tally("b")));
    }

    [Fact]
    public async Task An_unexpected_error_hurts_only_its_own_operation()
    {
        var (all, _) = await GroupAsync(Count("a"), _ => throw new InvalidOperationException("a bug"), Count("b"));
        await all[0];
        await Assert.ThrowsAsync<InvalidOperationException>(() => all[1]);
        await all[2];
        Assert.Equal((1, 1), (Tally("a"), Tally("b")));
    }

    [Fact]
    public async Task A_full_disk_refuses_what_has_no_room_and_goes_on_when_there_is_some()
    {
        await WriteAsync(Count("before"));
        await WriteAsync(session => (int)session.Db.Number($"PRAGMA max_page_count = {session.Db.Number("PRAGMA page_count") + 3}"));

        var full = await Assert.ThrowsAsync<StoreUnavailableException>(() => WriteAsync(Big));
        Assert.Contains("full", full.Message, StringComparison.Ordinal);
        var (all, _) = await GroupAsync(Count("a"), Big, Count("b"));
        await all[0];
        await Assert.ThrowsAsync<StoreUnavailableException>(() => all[1]);
        await all[2];
        await WriteAsync(session => (int)session.Db.Number("PRAGMA max_page_count = 100000"));
        await WriteAsync(Big);

        Assert.Equal((1, 1, 1), (Tally("before"), Tally("a"), Tally("b")));
        Assert.Equal(1, SqliteFixture.Number(_fixture.File, "SELECT count(*) FROM heap"));
    }

    [Fact]
    [Trait("Promise", "I16")]
    public async Task A_commit_that_failed_and_did_not_happen_is_an_error()
    {
        await WriteAsync(Count("before"));
        await Assert.ThrowsAsync<SqliteException>(() => WriteAsync(BreaksCommit));
        await WriteAsync(Count("after"));
        Assert.Equal((1, 0, 1), (Tally("before"), Tally("half"), Tally("after")));
    }

    [Fact]
    [Trait("Promise", "I16")]
    public async Task A_commit_that_seemed_to_fail_but_happened_is_a_success()
    {
        await WriteAsync(Count("before"));

        // What was written is on disk, and yet the writer's own COMMIT answers with an error.
        await WriteAsync(session =>
        {
            Count("a")(session);
            session.Db.Run("COMMIT");
            return 0;
        });

        await WriteAsync(Count("after"));
        Assert.Equal((1, 1, 1), (Tally("before"), Tally("a"), Tally("after")));
    }

    [Fact]
    [Trait("Promise", "I16")]
    public async Task A_commit_of_which_nothing_is_known_says_so_and_the_store_recovers()
    {
        var aside = _fixture.File + ".aside";
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => WriteAsync(session =>
        {
            BreaksCommit(session);
            File.Move(_fixture.File, aside);
            Directory.CreateDirectory(_fixture.File);
            return 0;
        }));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => WriteAsync(Count("a")));

        Directory.Delete(_fixture.File);
        File.Move(aside, _fixture.File);

        await WriteAsync(Count("a"));
        await Assert.ThrowsAsync<SqliteException>(() => WriteAsync(BreaksCommit));
        await WriteAsync(Count("b"));
        Assert.Equal((1, 1, 0), (Tally("a"), Tally("b"), Tally("half")));
    }

    [Fact]
    public async Task An_operation_that_wrote_nothing_makes_no_commit()
    {
        Assert.Equal(0, await WriteAsync(session => (int)session.Db.Number("SELECT count(*) FROM tally")));
        Assert.Equal(0, _wakes);
        Assert.Equal(0, SqliteFixture.Number(_fixture.File, "SELECT count(*) FROM writer"));
    }

    [Fact]
    public async Task What_was_called_off_before_its_turn_is_not_executed()
    {
        using var source = new CancellationTokenSource();
        using var gate = new ManualResetEventSlim();
        using var busy = new ManualResetEventSlim();
        var first = _writer.WriteAsync(
            session =>
            {
                busy.Set();
                return Waits(gate, session);
            },
            None);
        busy.Wait(None);
        var second = _writer.WriteAsync(Count("a"), source.Token);
        await source.CancelAsync();
        gate.Set();
        await first;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Equal(0, Tally("a"));
    }

    [Fact]
    public async Task Closing_finishes_what_was_asked_for()
    {
        var writer = new Writer(_fixture.File, Connection.Open(_fixture.File, readOnly: false), _fixture.Time, batch: 100, _ => { });
        var asked = Enumerable.Range(0, 50).Select(i => writer.WriteAsync(Count("n" + i), None)).ToList();
        writer.Dispose();
        await Task.WhenAll(asked);
        Assert.Equal(50, SqliteFixture.Number(_fixture.File, "SELECT count(*) FROM tally"));
    }

    private Task<int> WriteAsync(Func<Session, int> operation) => _writer.WriteAsync(operation, None);

    private long Tally(string name) => SqliteFixture.Number(_fixture.File, $"SELECT n FROM tally WHERE name = '{name}'");

    private static Func<Session, int> Count(string name) => session =>
        session.Db.Execute("INSERT INTO tally VALUES(?1, 1) ON CONFLICT DO UPDATE SET n = n + 1", name);

    private static int Fails(Session session)
    {
        Count("half")(session);
        return session.Db.Execute("INSERT INTO tally VALUES('half', NULL)");
    }

    private static int Big(Session session) => session.Db.Execute("INSERT INTO heap VALUES(zeroblob(1000000))");

    private static int BreaksCommit(Session session)
    {
        Count("half")(session);
        return session.Db.Execute("INSERT INTO child VALUES('nobody')");
    }

    private static int Waits(ManualResetEventSlim gate, Session session)
    {
        gate.Wait(None);
        return Count("gate")(session);
    }

    /// <summary>Asks for all operations while the writer is busy, so that they share one transaction.</summary>
    private async Task<(Task<int>[] Answers, Func<int> Executions)> GroupAsync(params Func<Session, int>[] operations)
    {
        using var gate = new ManualResetEventSlim();
        var executions = 0;
        using var busy = new ManualResetEventSlim();
        var first = WriteAsync(session =>
        {
            busy.Set();
            return Waits(gate, session);
        });
        busy.Wait(None);
        var answers = operations.Select(operation => WriteAsync(session =>
        {
            executions++;
            return operation(session);
        })).ToArray();
        gate.Set();
        await first;
        await Task.WhenAny(Task.WhenAll(answers));
        return (answers, () => executions);
    }
}
