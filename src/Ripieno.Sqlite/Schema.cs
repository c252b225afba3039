namespace Ripieno.Sqlite;

/// <summary>The tables. <c>README.md</c> says what is authoritative and what is an index that could be rebuilt.</summary>
internal static class Schema
{
    /// <summary>Raised with every change of the stored shape; a file with a newer one is refused.</summary>
    public const int Version = 4;

    /// <summary>Marks the file as Ripieno's ("Rpno"), so that another program's database is never written to.</summary>
    public const int ApplicationId = 0x52706e6f;

    /// <summary>
    /// Status of a step that an expansion has written ahead and that nobody sees yet; <c>recorded</c> then holds the epoch of the execution that wrote it, <c>accepted</c> the index of its step, and <c>pending</c> the number of dependencies. Not one of
    /// <see cref="Runs.StepStatus"/>, because to everyone else the step is not there.
    /// </summary>
    public const int Staged = -1;

    /// <summary>
    /// Column of a step that files of earlier days lack: how many artifacts it has left, so that a page that a disk has lost cannot make the list of them shorter unnoticed. Null = none, or not counted. Those who do
    /// not know it can work on the file beside those who do, so it is no other version.
    /// </summary>
    public const string AddFiles = "ALTER TABLE step ADD COLUMN files INTEGER";

    public const string LacksFiles = "SELECT NOT EXISTS (SELECT 1 FROM pragma_table_info('step') WHERE name = 'files')";

    public const string Create =
        """
        CREATE TABLE writer(incarnation BLOB PRIMARY KEY, commits INTEGER NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID;

        CREATE TABLE instance(
          no INTEGER PRIMARY KEY, incarnation BLOB NOT NULL UNIQUE, id TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
          process_start INTEGER NOT NULL, version TEXT NOT NULL, slots INTEGER NOT NULL, seen INTEGER NOT NULL, expires INTEGER NOT NULL,
          drain INTEGER NOT NULL DEFAULT 0);
        CREATE INDEX instance_id ON instance(id);
        CREATE TABLE report(owner INTEGER PRIMARY KEY, at INTEGER NOT NULL, body BLOB NOT NULL);
        CREATE TABLE turn(sequence TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;

        CREATE TABLE class(
          no INTEGER PRIMARY KEY, queue TEXT NOT NULL, executor TEXT NOT NULL, clock INTEGER NOT NULL DEFAULT 0, turn INTEGER NOT NULL DEFAULT 0,
          UNIQUE(queue, executor));

        CREATE TABLE snapshot(hash BLOB PRIMARY KEY, size INTEGER NOT NULL, body BLOB NOT NULL);

        CREATE TABLE run(
          no INTEGER PRIMARY KEY, id TEXT UNIQUE, fingerprint BLOB NOT NULL, title TEXT NOT NULL, workflow TEXT NOT NULL,
          tenant TEXT NOT NULL, tenant_weight INTEGER NOT NULL, priority INTEGER NOT NULL, weight INTEGER NOT NULL, max_parallel INTEGER NOT NULL,
          max_steps INTEGER NOT NULL, max_deaths_alone INTEGER NOT NULL, stop_on_failure INTEGER NOT NULL, snapshot BLOB NOT NULL, input BLOB,
          status INTEGER NOT NULL, cancel INTEGER NOT NULL DEFAULT 0, stopped_by INTEGER,
          steps INTEGER NOT NULL DEFAULT 0, next INTEGER NOT NULL DEFAULT 0, open INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,
          events INTEGER NOT NULL DEFAULT 0, tokens_in INTEGER NOT NULL DEFAULT 0, tokens_out INTEGER NOT NULL DEFAULT 0,
          created INTEGER NOT NULL, started INTEGER, finished INTEGER, copied_from BLOB);
        CREATE INDEX run_status ON run(status, no);
        CREATE INDEX run_finished ON run(status, finished) WHERE finished IS NOT NULL;
        CREATE INDEX run_snapshot ON run(snapshot);
        CREATE INDEX run_tenant ON run(tenant) WHERE status = 0;

        CREATE TABLE step(
          run INTEGER NOT NULL, ix INTEGER NOT NULL, key TEXT NOT NULL, definition TEXT NOT NULL, class INTEGER NOT NULL, parent INTEGER,
          rank INTEGER NOT NULL, trigger INTEGER NOT NULL, status INTEGER NOT NULL, pending INTEGER NOT NULL, broken INTEGER NOT NULL,
          open_members INTEGER NOT NULL DEFAULT 0, broken_members INTEGER NOT NULL DEFAULT 0, generation INTEGER NOT NULL DEFAULT 1,
          attempts INTEGER NOT NULL DEFAULT 0, epoch INTEGER NOT NULL DEFAULT 0, recorded INTEGER NOT NULL DEFAULT 0,
          deaths INTEGER NOT NULL DEFAULT 0, deaths_alone INTEGER NOT NULL DEFAULT 0, kept_for INTEGER,
          owner INTEGER, due INTEGER, since INTEGER, claimed INTEGER, input BLOB, result BLOB, accepted INTEGER, reason TEXT,
          tokens_in INTEGER NOT NULL DEFAULT 0, tokens_out INTEGER NOT NULL DEFAULT 0, started INTEGER, finished INTEGER, size INTEGER, body BLOB,
          files INTEGER,
          PRIMARY KEY(run, ix)) WITHOUT ROWID;
        CREATE UNIQUE INDEX step_key ON step(run, key);
        CREATE INDEX step_owner ON step(owner, deaths) WHERE owner IS NOT NULL;
        CREATE INDEX step_due ON step(due) WHERE due IS NOT NULL;
        CREATE INDEX step_ready ON step(class, run, rank, ix) WHERE status = 1 AND deaths < 2;
        CREATE INDEX step_suspect ON step(status, class, run, ix) WHERE deaths >= 2;

        CREATE TABLE edge(run INTEGER NOT NULL, source INTEGER NOT NULL, target INTEGER NOT NULL, PRIMARY KEY(run, source, target)) WITHOUT ROWID;
        CREATE INDEX edge_target ON edge(run, target, source);

        CREATE TABLE ring(
          class INTEGER NOT NULL, run INTEGER NOT NULL, rank INTEGER NOT NULL, time INTEGER NOT NULL, waiting INTEGER NOT NULL,
          PRIMARY KEY(run, class)) WITHOUT ROWID;
        CREATE INDEX ring_order ON ring(class, rank, time, run) WHERE waiting = 1;
        CREATE TABLE share(
          class INTEGER NOT NULL, rank INTEGER NOT NULL, tenant TEXT NOT NULL, weight INTEGER NOT NULL, PRIMARY KEY(class, rank, tenant)) WITHOUT ROWID;

        CREATE TABLE unfinished(
          no INTEGER PRIMARY KEY, kind INTEGER NOT NULL, run INTEGER NOT NULL, ix INTEGER NOT NULL, cursor INTEGER NOT NULL, bound INTEGER NOT NULL,
          UNIQUE(run, kind, ix));

        CREATE TABLE content(run INTEGER NOT NULL, hash BLOB NOT NULL, size INTEGER NOT NULL, packed INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY(run, hash))
          WITHOUT ROWID;
        CREATE TABLE artifact(run INTEGER NOT NULL, ix INTEGER NOT NULL, name TEXT NOT NULL, hash BLOB NOT NULL, size INTEGER NOT NULL, PRIMARY KEY(run, ix, name)) WITHOUT ROWID;

        CREATE TABLE event(run INTEGER NOT NULL, no INTEGER NOT NULL, at INTEGER NOT NULL, kind INTEGER NOT NULL, ix INTEGER, detail TEXT, PRIMARY KEY(run, no)) WITHOUT ROWID;

        CREATE TABLE log(run INTEGER NOT NULL, no INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY(run, no)) WITHOUT ROWID;
        CREATE TABLE log_origin(origin TEXT PRIMARY KEY, batch INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;

        CREATE TABLE permit(
          id BLOB PRIMARY KEY, name TEXT NOT NULL, capacity INTEGER, weight INTEGER NOT NULL, owner INTEGER NOT NULL, expires INTEGER NOT NULL, second INTEGER NOT NULL, tokens INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX permit_name ON permit(name, expires);
        CREATE TABLE allowance(name TEXT PRIMARY KEY, capacity INTEGER, requests INTEGER, tokens INTEGER, used INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE rate(name TEXT NOT NULL, second INTEGER NOT NULL, requests INTEGER NOT NULL, tokens INTEGER NOT NULL, PRIMARY KEY(name, second)) WITHOUT ROWID;
        CREATE TABLE cooling(name TEXT PRIMARY KEY, until INTEGER NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE total(open INTEGER NOT NULL);
        INSERT INTO total(open) VALUES(0);

        CREATE TABLE hourly(
          hour INTEGER NOT NULL, workflow TEXT NOT NULL, agent TEXT NOT NULL, model TEXT NOT NULL, arrived INTEGER NOT NULL, succeeded INTEGER NOT NULL,
          failed INTEGER NOT NULL, served INTEGER NOT NULL, service INTEGER NOT NULL, squares REAL NOT NULL, claimed INTEGER NOT NULL, wait INTEGER NOT NULL,
          tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, PRIMARY KEY(hour, workflow, agent, model)) WITHOUT ROWID;

        CREATE TABLE closing(one INTEGER PRIMARY KEY CHECK(one = 1), store TEXT NOT NULL, target TEXT, at INTEGER);
        CREATE TABLE draft(id TEXT PRIMARY KEY, run INTEGER NOT NULL UNIQUE, token BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE taken(source TEXT PRIMARY KEY, hour INTEGER NOT NULL) WITHOUT ROWID;
        """;
}
