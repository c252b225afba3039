using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite;

/// <summary>Looks at a whole file, inside one snapshot: is it sound, and does everything that is written twice agree?</summary>
internal sealed class Checkup(Connection db, StoreDescription store)
{
    private const int MostProblems = 100;

    /// <summary>
    /// What must never be found, each as a query of places. Runs with something unfinished are left out where their counters are ahead of their steps on purpose.
    /// </summary>
    private static readonly (string Problem, string Query)[] Rules =
    [
        ("its count of open steps is wrong",
            """
            SELECT id FROM run WHERE id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM unfinished WHERE run = run.no)
              AND open <> (SELECT count(*) FROM step WHERE step.run = run.no AND status BETWEEN 0 AND 4)
            """),
        ("its count of failed steps is wrong",
            "SELECT id FROM run WHERE id IS NOT NULL AND failed <> (SELECT count(*) FROM step WHERE step.run = run.no AND status IN (6, 7))"),
        ("it is running although nothing of it is open, or has ended although something is",
            "SELECT id FROM run WHERE id IS NOT NULL AND (status = 0) <> (open > 0)"),
        ("the count of open steps in the whole file is wrong",
            "SELECT 'the store' FROM total WHERE open <> (SELECT coalesce(sum(open), 0) FROM run WHERE id IS NOT NULL)"),
        ("its events have a gap",
            "SELECT id FROM run WHERE id IS NOT NULL AND events <> (SELECT count(*) FROM event WHERE event.run = run.no)"),
        ("a step waits for a wrong number of dependencies",
            """
            SELECT run.id || ' ' || step.key FROM step JOIN run ON run.no = step.run
            WHERE step.status = 0 AND run.cancel = 0 AND run.id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM unfinished WHERE unfinished.run = run.no)
              AND step.pending <> (SELECT count(*) FROM edge JOIN step AS source ON source.run = edge.run AND source.ix = edge.source
                                   WHERE edge.run = step.run AND edge.target = step.ix AND source.status < 5)
            """),
        ("a group counts a wrong number of open members",
            """
            SELECT run.id || ' ' || step.key FROM step JOIN run ON run.no = step.run
            WHERE step.status = 4 AND run.cancel = 0 AND run.id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM unfinished WHERE unfinished.run = run.no)
              AND step.open_members <> (SELECT count(*) FROM step AS member WHERE member.run = step.run AND member.parent = step.ix AND member.status BETWEEN 0 AND 4)
            """),
        ("a step has an owner without running, or runs without one",
            "SELECT run.id || ' ' || step.key FROM step JOIN run ON run.no = step.run WHERE (step.status = 3) <> (step.owner IS NOT NULL)"),
        ("a step's owner is not registered",
            "SELECT run.id || ' ' || step.key FROM step JOIN run ON run.no = step.run WHERE step.owner IS NOT NULL AND step.owner NOT IN (SELECT no FROM instance)"),
        ("a step has a due time without waiting, or waits without one",
            "SELECT run.id || ' ' || step.key FROM step JOIN run ON run.no = step.run WHERE (step.status = 2) <> (step.due IS NOT NULL)"),
        ("it has ready steps that no claim would find",
            """
            SELECT run.id FROM run WHERE id IS NOT NULL AND cancel = 0 AND EXISTS (
              SELECT 1 FROM step WHERE step.run = run.no AND step.status = 1 AND step.deaths < 2
                AND NOT EXISTS (SELECT 1 FROM ring WHERE ring.run = step.run AND ring.class = step.class AND ring.waiting = 1))
            """),
        ("claims would look for ready steps that it has not",
            """
            SELECT coalesce(run.id, ring.run) FROM ring LEFT JOIN run ON run.no = ring.run WHERE ring.waiting = 1
              AND NOT EXISTS (SELECT 1 FROM step WHERE step.class = ring.class AND step.run = ring.run AND step.status = 1 AND step.deaths < 2)
            """),
        ("its share does not agree with its waiting runs",
            """
            SELECT tenant FROM share WHERE weight <> (
              SELECT coalesce(sum(run.weight), 0) FROM ring JOIN run ON run.no = ring.run
              WHERE ring.class = share.class AND ring.rank = share.rank AND ring.waiting = 1 AND run.tenant = share.tenant)
            """),
        ("a content is missing",
            """
            SELECT run.id || ' ' || step.key FROM step JOIN run ON run.no = step.run WHERE run.id IS NOT NULL AND (
              (step.input IS NOT NULL AND NOT EXISTS (SELECT 1 FROM content WHERE content.run = step.run AND content.hash = step.input))
              OR (step.result IS NOT NULL AND step.body IS NULL AND NOT EXISTS (SELECT 1 FROM content WHERE content.run = step.run AND content.hash = step.result)))
            """),
        ("its snapshot is missing", "SELECT id FROM run WHERE id IS NOT NULL AND snapshot NOT IN (SELECT hash FROM snapshot)"),
    ];

    /// <summary>In a file that counts them: a copy that is looked at may be one of earlier days.</summary>
    private static readonly (string Problem, string Query) LostArtifacts = (
        "artifacts of a step are missing",
        """
        SELECT run.id || ' ' || step.key FROM step JOIN run ON run.no = step.run WHERE run.id IS NOT NULL
          AND step.files > (SELECT count(*) FROM artifact WHERE artifact.run = step.run AND artifact.ix = step.ix)
        """);

    public StoreCheck Look()
    {
        var problems = Damage();
        // Counting in a damaged file would only say the same again, in worse words.
        if (problems.Count == 0)
            problems = [.. (db.Number(Schema.LacksFiles) > 0 ? Rules : [.. Rules, LostArtifacts]).SelectMany(Break).Concat(BrokenContents()).Take(MostProblems)];
        var pages = db.Number("PRAGMA page_count");
        var size = db.Number("PRAGMA page_size");
        var log = new FileInfo(store.Location + "-wal");
        return new(
            store,
            pages * size + (log.Exists ? log.Length : 0),
            db.List("SELECT status, count(*) FROM run WHERE id IS NOT NULL GROUP BY status", [], row => ((RunStatus)row.GetInt32(0), row.GetInt64(1)))
                .ToDictionary(pair => pair.Item1, pair => pair.Item2),
            db.Number("SELECT coalesce(sum(steps), 0) FROM run WHERE id IS NOT NULL"),
            db.Number("SELECT count(*) FROM unfinished"),
            Facts(pages, size, log),
            problems);
    }

    private Dictionary<string, string> Facts(long pages, long size, FileInfo log)
    {
        var facts = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["file"] = Text(pages * size),
            ["free inside"] = Text(db.Number("PRAGMA freelist_count") * size),
            ["log"] = Text(log.Exists ? log.Length : 0),
            ["disk free"] = Text(new DriveInfo(store.Location).AvailableFreeSpace),
        };
        if (Operations.Closing.Target(db) is { } target)
            facts[StoreCheck.Closed] = $"its runs go on in {target}";
        if (db.Number("SELECT count(*) FROM draft") is > 0 and var drafts)
            facts[StoreCheck.HalfCopied] = $"{drafts}, seen by nobody; the end of the next copy drops them";
        return facts;
    }

    private List<string> Damage()
    {
        var found = db.List($"PRAGMA integrity_check({MostProblems})", [], row => row.GetString(0));
        return found is ["ok"] ? [] : found;
    }

    /// <summary>Every content held against its hash: SQLite's own check does not see a bit turned over within a value.</summary>
    private List<string> BrokenContents()
    {
        var broken = new List<string>();
        Collect("SELECT coalesce(run.id, content.run), hash, CASE packed WHEN 1 THEN size ELSE -size END, body FROM content JOIN run ON run.no = content.run");
        Collect("SELECT coalesce(run.id, step.run) || ' ' || step.key, result, size, body FROM step JOIN run ON run.no = step.run WHERE body IS NOT NULL");
        Collect("SELECT 'a snapshot', hash, size, body FROM snapshot");
        return broken;

        void Collect(string query)
        {
            using var rows = db.Query(query);
            while (rows.Read())
            {
                if (!PackedContent.IsIntact(rows.GetBytes(1), rows.GetBytes(3), rows.GetInt32(2)))
                    broken.Add($"{rows.GetString(0)}: a content is not what was stored");
            }
        }
    }

    private IEnumerable<string> Break((string Problem, string Query) rule) =>
        db.List($"{rule.Query} LIMIT {MostProblems}", [], row => $"{row.GetString(0)}: {rule.Problem}");

    private static string Text(long bytes) => $"{bytes / 1048576.0:0.0} MB";
}
