using Microsoft.Data.Sqlite;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>
/// Hands out work. Runs stand in a ring by (priority, virtual time); each claim takes one step of the run in front and moves that run back by
/// its stride, in memory, and writes the ring once at the end.
/// </summary>
internal sealed class ClaimSteps(ClaimRequest request)
{
    /// <summary>Lanes beyond those wanted, because a run that has lanes in several classes may use up its maxParallel in one of them.</summary>
    private const int SpareLanes = 16;

    public List<PackedClaim> Execute(Session session)
    {
        var owner = Instances.Number(session, request.Incarnation);
        Instances.Extend(session, owner, request.Lease);
        Overdue.Sweep(session);

        var runs = new ClaimableRuns(session);
        var ring = new PriorityQueue<Lane, (long Rank, long Ahead, long Turn, long Run)>();
        foreach (var demand in request.Classes.Where(demand => demand.Count > 0))
        {
            foreach (var lane in Lanes(session, demand, runs))
                ring.Enqueue(lane, lane.Place);
        }

        var claimed = new List<PackedClaim>();
        var touched = new HashSet<Lane>();
        while (claimed.Count < request.Count && ring.TryDequeue(out var lane, out _))
        {
            if (lane.Demand.Left == 0 || lane.Run.Room == 0 || !lane.Steps(session, request.Count).TryDequeue(out var index))
                continue;
            claimed.Add(Take(session, lane, index, owner));
            lane.Demand.Left--;
            lane.Run.Taken();
            touched.Add(lane);
            lane.Time += lane.Run.Stride;
            ring.Enqueue(lane, lane.Place);
        }

        foreach (var lane in touched)
            lane.Save(session);
        return claimed;
    }

    private List<Lane> Lanes(Session session, ClassDemand demand, ClaimableRuns runs)
    {
        var stepClass = session.Class(demand.Class);
        var left = new Demand(demand.Class, demand.Count);
        var lanes = new List<Lane>();
        // Read as far as needed: each lane offers at least one step, unless its run is at its maxParallel.
        using var rows = request.RunId is null
            ? session.Db.Query(
                """
                SELECT ring.rank, ring.time, run.no, run.id, run.weight, run.max_parallel, run.snapshot, class.clock, class.turn
                FROM ring JOIN run ON run.no = ring.run JOIN class ON class.no = ring.class WHERE ring.class = ?1 AND ring.waiting = 1 ORDER BY ring.rank, ring.time, ring.run
                """, stepClass)
            : session.Db.Query(
                """
                SELECT ring.rank, ring.time, run.no, run.id, run.weight, run.max_parallel, run.snapshot, class.clock, class.turn
                FROM ring JOIN run ON run.no = ring.run JOIN class ON class.no = ring.class WHERE ring.class = ?1 AND ring.waiting = 1 AND run.id = ?2
                """, stepClass, request.RunId);
        while (lanes.Count < demand.Count + SpareLanes && rows.Read())
        {
            var run = runs.Read(rows);
            if (run.Room > 0)
                lanes.Add(new Lane(left, stepClass, run, rows.GetInt64(0), (rows.GetInt64(7), rows.GetInt64(8))) { Time = rows.GetInt64(1) });
        }

        return lanes;
    }

    private static PackedClaim Take(Session session, Lane lane, int index, long owner)
    {
        var step = StepRow.Load(session, lane.Run.No, index);
        session.Db.Execute("DELETE FROM ready WHERE class = ?1 AND run = ?2 AND rank = ?3 AND ix = ?4", lane.Class, step.Run, -step.Priority, step.Index);
        step.State = StepMoves.Claimed(step.State);
        session.Db.Execute(
            "UPDATE step SET status = ?3, epoch = ?4, owner = ?5, due = NULL, started = coalesce(started, ?6) WHERE run = ?1 AND ix = ?2",
            step.Run, step.Index, (int)step.State.Status, step.State.Epoch, owner, session.Now);
        session.Db.Execute("UPDATE run SET started = ?2 WHERE no = ?1 AND started IS NULL", step.Run, session.Now);
        using var row = session.Db.Query(
            """
            SELECT step.definition, content.size, content.packed, content.body
            FROM step LEFT JOIN content ON content.run = step.run AND content.hash = step.input WHERE step.run = ?1 AND step.ix = ?2
            """, step.Run, step.Index);
        row.Read();
        return new(
            new()
            {
                Lease = new(lane.Run.Id, step.Index, step.State.Epoch),
                Key = step.Key,
                Definition = row.GetString(0),
                Class = lane.Demand.Class,
                Generation = step.State.Generation,
                FailedAttempts = step.State.FailedAttempts,
                Input = default,
                SnapshotHash = ContentHash.FromBytes(lane.Run.Snapshot),
            },
            row.IsDBNull(3) ? null : new([], row.GetInt32(1), row.GetBoolean(2), row.GetFieldValue<byte[]>(3)));
    }

    /// <summary>Steps of a class that the instance still wants; shared by all lanes of the class.</summary>
    private sealed class Demand(StepClass stepClass, int count)
    {
        public StepClass Class => stepClass;

        public int Left { get; set; } = count;
    }

    /// <summary>The runs of one claim, each once, so that all its lanes share one bound.</summary>
    private sealed class ClaimableRuns(Session session)
    {
        private readonly Dictionary<long, ClaimableRun> _runs = [];
        private Dictionary<long, int>? _running;

        public ClaimableRun Read(SqliteDataReader row)
        {
            if (!_runs.TryGetValue(row.GetInt64(2), out var run))
            {
                var bound = row.GetInt32(5);
                var room = bound == 0 ? int.MaxValue : Math.Max(0, bound - Running(row.GetInt64(2)));
                _runs.Add(row.GetInt64(2), run = new(row.GetInt64(2), row.GetString(3), row.GetInt32(4), row.GetFieldValue<byte[]>(6), room));
            }

            return run;
        }

        /// <summary>Counted from the leases themselves, so that it cannot drift; all runs at once, which is no more than the slots of all instances.</summary>
        private int Running(long run)
        {
            if (_running is null)
            {
                _running = [];
                using var rows = session.Db.Query("SELECT run, count(*) FROM step INDEXED BY step_owner WHERE owner IS NOT NULL GROUP BY run");
                while (rows.Read())
                    _running.Add(rows.GetInt64(0), rows.GetInt32(1));
            }

            return _running.GetValueOrDefault(run);
        }
    }

    private sealed class ClaimableRun(long no, string id, int weight, byte[] snapshot, int room)
    {
        public long No => no;

        public string Id => id;

        /// <summary>How far a step moves the run back. Never nothing, or a huge weight would keep the run in front for good.</summary>
        public long Stride { get; } = Math.Max(1, ReadyList.Stride / weight);

        public byte[] Snapshot => snapshot;

        /// <summary>Steps that may still start.</summary>
        public int Room { get; private set; } = room;

        public void Taken() => Room--;
    }

    /// <summary>The ready steps of one run in one class.</summary>
    private sealed class Lane(Demand demand, long stepClass, ClaimableRun run, long rank, (long Clock, long Turn) place)
    {
        private Queue<int>? _steps;
        private bool _more;

        public Demand Demand => demand;

        public long Class => stepClass;

        public ClaimableRun Run => run;

        public long Time { get; set; }

        /// <summary>Each class has its own clock, so lanes of different classes compare by how far they are ahead of theirs; then the class served longest ago is next.</summary>
        public (long Rank, long Ahead, long Turn, long Run) Place => (rank, Time - place.Clock, place.Turn, run.No);

        public Queue<int> Steps(Session session, int count)
        {
            if (_steps is not null)
                return _steps;
            _steps = new(count);
            using var rows = session.Db.Query("SELECT ix FROM ready WHERE class = ?1 AND run = ?2 ORDER BY rank, ix LIMIT ?3", stepClass, run.No, count + 1);
            while (rows.Read())
            {
                if (_steps.Count < count)
                    _steps.Enqueue(rows.GetInt32(0));
                else
                    _more = true;
            }

            return _steps;
        }

        public void Save(Session session)
        {
            session.Db.Execute(
                "UPDATE ring SET time = ?3, waiting = ?4 WHERE class = ?1 AND run = ?2", stepClass, run.No, Time, _more || _steps is { Count: > 0 });
            // The clock stands where the last served run stood: whoever comes to the ring later starts there.
            session.Db.Execute("UPDATE class SET clock = max(clock, ?2), turn = (SELECT max(turn) + 1 FROM class) WHERE no = ?1", stepClass, Time - run.Stride);
        }
    }
}

/// <summary>A claimed step whose input is still packed; unpacked off the writer thread.</summary>
internal sealed record PackedClaim(ClaimedStep Step, PackedContent? Input)
{
    public ClaimedStep Unpack() => Input is null ? Step : Step with { Input = PackedContent.Unpack(Input.Body, Input.Size, Input.IsPacked) };
}
