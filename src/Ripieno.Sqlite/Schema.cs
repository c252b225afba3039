namespace Ripieno.Sqlite;

/// <summary>The tables. <c>README.md</c> says what is authoritative and what is an index that could be rebuilt.</summary>
internal static class Schema
{
    /// <summary>Raised with every change of the stored shape; a file with a newer one is refused.</summary>
    public const int Version = 1;

    /// <summary>Marks the file as Ripieno's ("Rpno"), so that another program's database is never written to.</summary>
    public const int ApplicationId = 0x52706e6f;

    public const string Create =
        """
        CREATE TABLE writer(incarnation BLOB PRIMARY KEY, commits INTEGER NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID;

        CREATE TABLE instance(
          no INTEGER PRIMARY KEY, incarnation BLOB NOT NULL UNIQUE, id TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
          process_start INTEGER NOT NULL, version TEXT NOT NULL, slots INTEGER NOT NULL, seen INTEGER NOT NULL, expires INTEGER NOT NULL);
        CREATE INDEX instance_id ON instance(id);

        CREATE TABLE class(
          no INTEGER PRIMARY KEY, queue TEXT NOT NULL, executor TEXT NOT NULL, clock INTEGER NOT NULL DEFAULT 0, turn INTEGER NOT NULL DEFAULT 0,
          UNIQUE(queue, executor));

        CREATE TABLE snapshot(hash BLOB PRIMARY KEY, size INTEGER NOT NULL, body BLOB NOT NULL);

        CREATE TABLE run(
          no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, fingerprint BLOB NOT NULL, title TEXT NOT NULL, workflow TEXT NOT NULL,
          tenant TEXT NOT NULL, priority INTEGER NOT NULL, weight INTEGER NOT NULL, max_parallel INTEGER NOT NULL, max_steps INTEGER NOT NULL,
          snapshot BLOB NOT NULL, input BLOB, status INTEGER NOT NULL, cancel INTEGER NOT NULL DEFAULT 0,
          steps INTEGER NOT NULL DEFAULT 0, open INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, events INTEGER NOT NULL DEFAULT 0,
          tokens_in INTEGER NOT NULL DEFAULT 0, tokens_out INTEGER NOT NULL DEFAULT 0,
          created INTEGER NOT NULL, started INTEGER, finished INTEGER);
        CREATE INDEX run_status ON run(status, no);

        CREATE TABLE step(
          run INTEGER NOT NULL, ix INTEGER NOT NULL, key TEXT NOT NULL, definition TEXT NOT NULL, class INTEGER NOT NULL, parent INTEGER,
          priority INTEGER NOT NULL, trigger INTEGER NOT NULL, status INTEGER NOT NULL, pending INTEGER NOT NULL, broken INTEGER NOT NULL,
          open_members INTEGER NOT NULL DEFAULT 0, broken_members INTEGER NOT NULL DEFAULT 0, generation INTEGER NOT NULL DEFAULT 1,
          attempts INTEGER NOT NULL DEFAULT 0, epoch INTEGER NOT NULL DEFAULT 0, recorded INTEGER NOT NULL DEFAULT 0, deaths INTEGER NOT NULL DEFAULT 0,
          owner INTEGER, due INTEGER, input BLOB, result BLOB, accepted INTEGER, reason TEXT,
          tokens_in INTEGER NOT NULL DEFAULT 0, tokens_out INTEGER NOT NULL DEFAULT 0, started INTEGER, finished INTEGER,
          PRIMARY KEY(run, ix)) WITHOUT ROWID;
        CREATE UNIQUE INDEX step_key ON step(run, key);
        CREATE INDEX step_owner ON step(owner) WHERE owner IS NOT NULL;
        CREATE INDEX step_due ON step(due) WHERE due IS NOT NULL;

        CREATE TABLE edge(run INTEGER NOT NULL, source INTEGER NOT NULL, target INTEGER NOT NULL, PRIMARY KEY(run, source, target)) WITHOUT ROWID;
        CREATE INDEX edge_target ON edge(run, target, source);

        CREATE TABLE ready(class INTEGER NOT NULL, run INTEGER NOT NULL, rank INTEGER NOT NULL, ix INTEGER NOT NULL, PRIMARY KEY(class, run, rank, ix)) WITHOUT ROWID;
        CREATE TABLE ring(
          class INTEGER NOT NULL, run INTEGER NOT NULL, rank INTEGER NOT NULL, time INTEGER NOT NULL, waiting INTEGER NOT NULL,
          PRIMARY KEY(class, run)) WITHOUT ROWID;
        CREATE INDEX ring_order ON ring(class, rank, time, run) WHERE waiting = 1;

        CREATE TABLE content(no INTEGER PRIMARY KEY, run INTEGER NOT NULL, hash BLOB NOT NULL, size INTEGER NOT NULL, packed INTEGER NOT NULL, body BLOB NOT NULL);
        CREATE UNIQUE INDEX content_hash ON content(run, hash);
        CREATE TABLE artifact(run INTEGER NOT NULL, ix INTEGER NOT NULL, name TEXT NOT NULL, hash BLOB NOT NULL, size INTEGER NOT NULL, PRIMARY KEY(run, ix, name)) WITHOUT ROWID;

        CREATE TABLE event(run INTEGER NOT NULL, no INTEGER NOT NULL, at INTEGER NOT NULL, kind INTEGER NOT NULL, ix INTEGER, detail TEXT, PRIMARY KEY(run, no)) WITHOUT ROWID;

        CREATE TABLE permit(id BLOB PRIMARY KEY, name TEXT NOT NULL, weight INTEGER NOT NULL, owner INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX permit_name ON permit(name, expires);
        """;
}
