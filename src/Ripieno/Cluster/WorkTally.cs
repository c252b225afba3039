namespace Ripieno.Cluster;

/// <summary>What an instance has done of late: counted in buckets of half a minute, the oldest of which falls out.</summary>
internal sealed class WorkTally(TimeProvider time)
{
    private static readonly TimeSpan Bucket = TimeSpan.FromSeconds(30);

    /// <summary>Five minutes: long enough for a few model calls of minutes, short enough to show what is the matter now.</summary>
    private const int Buckets = 10;

    private readonly Lock _lock = new();
    private readonly Queue<Sums> _past = new();
    private Sums _current = new();
    private readonly long _began = time.GetTimestamp();
    private long _bucketBegan = time.GetTimestamp();
    private long _counted = time.GetTimestamp();
    private int _busy;

    public void Began()
    {
        lock (_lock)
        {
            Count();
            _busy++;
        }
    }

    /// <param name="succeeded">Null = neither succeeded nor failed: handed back, put aside, lost.</param>
    /// <param name="service">Time in the slot.</param>
    public void Ended(bool? succeeded, TimeSpan service)
    {
        lock (_lock)
        {
            Count();
            _busy--;
            if (succeeded is not { } good)
                return;
            _current.Succeeded += good ? 1 : 0;
            _current.Failed += good ? 0 : 1;
            _current.Service += service.TotalSeconds;
        }
    }

    public RecentWork Recent()
    {
        lock (_lock)
        {
            Count();
            Sums[] all = [.. _past, _current];
            var seconds = (_past.Count * Bucket + time.GetElapsedTime(_bucketBegan)).TotalSeconds;
            return new(
                Math.Min(seconds, time.GetElapsedTime(_began).TotalSeconds), all.Sum(one => one.Succeeded), all.Sum(one => one.Failed), all.Sum(one => one.Service),
                all.Sum(one => one.Busy));
        }
    }

    /// <summary>Adds the slot time since the last look, to the buckets in which it passed.</summary>
    private void Count()
    {
        while (time.GetElapsedTime(_bucketBegan) >= Bucket)
        {
            var end = _bucketBegan + (long)(Bucket.TotalSeconds * time.TimestampFrequency);
            _current.Busy += _busy * time.GetElapsedTime(_counted, end).TotalSeconds;
            _past.Enqueue(_current);
            if (_past.Count == Buckets)
                _past.Dequeue();
            (_current, _bucketBegan, _counted) = (new(), end, end);
        }

        var now = time.GetTimestamp();
        _current.Busy += _busy * time.GetElapsedTime(_counted, now).TotalSeconds;
        _counted = now;
    }

    private sealed class Sums
    {
        public long Succeeded { get; set; }

        public long Failed { get; set; }

        public double Service { get; set; }

        public double Busy { get; set; }
    }
}
