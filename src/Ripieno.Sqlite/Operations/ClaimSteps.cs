using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Sqlite.Operations;

/// <summary>
/// Hands out work. Runs stand in a ring by (priority, virtual time); each claim takes one step of the run in front and moves that run back by its stride, in memory, and
/// writes the ring once at the end. Suspects go first, each alone.
/// </summary>
internal sealed class ClaimSteps(ClaimRequest request)
{
    /// <summary>Lanes beyond those wanted, because a run that has lanes in several classes may use up its maxParallel in one of them.</summary>
    private const int SpareLanes = 16;

    private const string LaneColumns =
        """
        SELECT ring.rank, ring.time, run.no, run.id, run.workflow, run.tenant, run.tenant_weight, run.weight, run.max_parallel, run.snapshot, share.weight, class.clock, class.turn,
          run.started IS NULL, run.stopped_by IS NOT NULL AND EXISTS (SELECT 1 FROM unfinished WHERE unfinished.run = run.no AND kind = 4)
        FROM ring JOIN run ON run.no = ring.run JOIN class ON class.no = ring.class
          JOIN share ON share.class = ring.class AND share.rank = ring.rank AND share.tenant = run.tenant
        WHERE ring.class = ?1 AND ring.waiting = 1
        """;

    public List<PackedClaim> Execute(Session session)
    {
        var owner = Instances.LiveNumber(session, request.Incarnation);
        Instances.Extend(session, owner, request.Lease);
        Overdue.Sweep(session, request.SparesSilent);
        session.IsUnfinished |= Unfinished.Any(session);

        var running = new RunningSteps(session);
        var demands = request.Classes.Where(demand => demand.Count > 0).Select(demand => new Demand(demand, session.Class(demand.Class))).ToList();
        if (request.Count == 0 || demands.Count == 0)
            return [];
        return Suspects.Claim(session, request, owner, demands, running) is { } alone ? alone : Share(session, owner, demands, new(running));
    }

    private List<PackedClaim> Share(Session session, long owner, List<Demand> demands, ClaimableRuns runs)
    {
        var ring = new PriorityQueue<Lane, (long Rank, long Ahead, long Turn, long Run)>();
        foreach (var lane in demands.SelectMany(demand => Lanes(session, demand, runs)))
            ring.Enqueue(lane, lane.Place);

        var claimed = new List<PackedClaim>();
        var touched = new HashSet<Lane>();
        while (claimed.Count < request.Count && ring.TryDequeue(out var lane, out _))
        {
            if (lane.Demand.Left == 0 || lane.Run.Room == 0 || !lane.TryTake(session, out var index))
                continue;
            claimed.Add(PackedClaim.Take(session, lane.Run, lane.Demand.Class, index, owner));
            lane.Demand.Left--;
            lane.Run.Taken();
            touched.Add(lane);
            lane.Time += lane.Stride;
            ring.Enqueue(lane, lane.Place);
        }

        foreach (var lane in touched)
            lane.Save(session);
        demands.ForEach(demand => demand.Save(session));
        return claimed;
    }

    private List<Lane> Lanes(Session session, Demand demand, ClaimableRuns runs)
    {
        var lanes = new List<Lane>();
        // Read as far as needed: each lane offers at least one step, unless its run is at its maxParallel.
        using var rows = request.RunId is null
            ? session.Db.Query($"{LaneColumns} ORDER BY ring.rank, ring.time, ring.run", demand.ClassNumber)
            : session.Db.Query($"{LaneColumns} AND run.id = ?2", demand.ClassNumber, request.RunId);
        while (lanes.Count < demand.Left + SpareLanes && rows.Read())
        {
            var run = runs.Read(rows);
            if (run.Room > 0)
                lanes.Add(new(demand, run, rows));
        }

        return lanes;
    }
}

/// <summary>Steps of a class that the instance still wants; shared by all lanes of the class.</summary>
internal sealed class Demand(ClassDemand demand, long number)
{
    public StepClass Class => demand.Class;

    public long ClassNumber => number;

    public int Left { get; set; } = demand.Count;

    private long? _clock;

    /// <summary>The class's clock stands where the last served run stood: whoever comes to the ring later starts there.</summary>
    public void Served(long time) => _clock = Math.Max(time, _clock ?? long.MinValue);

    public void Save(Session session)
    {
        if (_clock is { } clock)
            session.Db.Execute("UPDATE class SET clock = max(clock, ?2), turn = (SELECT max(turn) + 1 FROM class) WHERE no = ?1", ClassNumber, clock);
    }
}
