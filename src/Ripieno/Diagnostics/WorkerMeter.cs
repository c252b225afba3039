using System.Diagnostics;
using System.Diagnostics.Metrics;
using Ripieno.Cluster;

namespace Ripieno.Diagnostics;

/// <summary>
/// Instruments of one worker. What accumulates is a counter, so that whoever looks on has exact means over any time of his own choice. Labels are bounded by the
/// configuration: never ids of runs or steps.
/// </summary>
internal sealed class WorkerMeter : IDisposable
{
    /// <summary>Seconds. From steps without a model to the longest time limits.</summary>
    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600],
    };

    private readonly Meter _meter;
    private readonly Counter<long> _steps;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _wait;
    private long _expired;
    private long _fenced;

    /// <param name="worker">Scope of the meter.</param>
    /// <param name="instance">Id of the worker's instance.</param>
    /// <param name="look">What it does now.</param>
    public WorkerMeter(object worker, string instance, Func<WorkerReading> look)
    {
        _meter = RipienoMeter.Of(worker, instance);
        _steps = _meter.CreateCounter<long>("ripieno.steps", "{step}", "Executions of steps that have ended.");
        _duration = _meter.CreateHistogram("ripieno.step.duration", "s", "Time of an execution in its slot.", advice: Durations);
        _wait = _meter.CreateHistogram("ripieno.step.queue_wait", "s", "Time for which a step had been ready when it was claimed here.", advice: Durations);
        // Observed, so that they are there, as 0, before the first one: whoever watches for a rise needs something to rise from.
        _meter.CreateObservableCounter("ripieno.lease.expired", () => Volatile.Read(ref _expired), "{step}", "Steps that others took while they were executed here.");
        _meter.CreateObservableCounter("ripieno.lease.fenced", () => Volatile.Read(ref _fenced), "{step}", "Late reports that the store refused.");
        _meter.CreateObservableGauge("ripieno.worker.slots", () => Slots(look()), "{slot}", "Slots of the worker.");
        _meter.CreateObservableGauge("ripieno.runs.active", () => look().ActiveRuns, "{run}", "Runs of which steps execute here.");
        _meter.CreateObservableGauge("ripieno.instance.up", () => look().IsReady ? 1 : 0, description: "1 = can take work; 0 = starting, draining, or cut off from the store.");
        _meter.CreateObservableGauge(
            "ripieno.instance.success_ratio", () => Known(look().SuccessRatio), description: "Share of executions that brought a result, of the last five minutes.");
        _meter.CreateObservableCounter("ripieno.instance.cpu", () => ProcessTotals.ProcessorTime().TotalSeconds, "s", "Processor time of the process.");
        _meter.CreateObservableGauge("ripieno.instance.memory", () => Environment.WorkingSet, "By", "Resident memory of the process.");
        _meter.CreateObservableCounter("ripieno.instance.network", () => Network(ProcessTotals.Network()), "By", "Bytes over the network interfaces of the machine or container, without loopback.");
        _meter.CreateObservableCounter("ripieno.instance.storage_io", () => Storage(ProcessTotals.Storage()), "By", "Bytes that the process read from and wrote to disks.");
    }

    /// <param name="queue">Of the step, without the instance that it may be pinned to.</param>
    /// <param name="waited">For how long it had been ready; null = not known.</param>
    public void StepBegan(string queue, TimeSpan? waited)
    {
        if (waited is { } known)
            _wait.Record(known.TotalSeconds, Label("queue", queue));
    }

    /// <param name="end">How.</param>
    /// <param name="workflow">Name of its run's workflow.</param>
    /// <param name="time">In the slot.</param>
    public void StepEnded(StepEnd end, string workflow, TimeSpan time)
    {
        var tags = new TagList { { "status", Text(end) }, { "workflow", workflow } };
        _steps.Add(1, tags);
        _duration.Record(time.TotalSeconds, tags);
    }

    /// <summary>Somebody else has a step that is being executed here.</summary>
    public void LeaseExpired() => Interlocked.Increment(ref _expired);

    /// <summary>The store refused a report because the step is somebody else's.</summary>
    public void LeaseFenced() => Interlocked.Increment(ref _fenced);

    public void Dispose() => _meter.Dispose();

    private static Measurement<int>[] Slots(WorkerReading reading) =>
        [new(reading.Busy, Label("state", "busy")), new(Math.Max(0, reading.Slots - reading.Busy), Label("state", "free"))];

    private static IEnumerable<Measurement<long>> Network((long? Received, long? Sent) bytes) =>
        [.. Known(bytes.Received, Label("direction", "receive")), .. Known(bytes.Sent, Label("direction", "transmit"))];

    private static IEnumerable<Measurement<long>> Storage((long? Read, long? Written) bytes) =>
        [.. Known(bytes.Read, Label("direction", "read")), .. Known(bytes.Written, Label("direction", "write"))];

    private static Measurement<T>[] Known<T>(T? value, params KeyValuePair<string, object?>[] labels) where T : struct =>
        value is { } known ? [new(known, labels)] : [];

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);

    private static string Text(StepEnd end) => end switch
    {
        StepEnd.Succeeded => "succeeded",
        StepEnd.Failed => "failed",
        StepEnd.Retried => "retried",
        StepEnd.Parked => "parked",
        StepEnd.Discarded => "discarded",
        StepEnd.Lost => "lost",
        _ => "handed-back",
    };
}
