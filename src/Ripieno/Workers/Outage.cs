using Microsoft.Extensions.Logging;

namespace Ripieno.Workers;

/// <summary>
/// What keeps a worker from its work: one story from the first complaint of any of its loops until none of them complains any more. The log is told when it
/// begins, of each further kind of failure, and when it is over, however often the loops try in between.
/// </summary>
internal sealed partial class Outage(TimeProvider time, ILogger log)
{
    private readonly Lock _lock = new();
    private readonly HashSet<object> _complaining = [];
    private readonly HashSet<Type> _told = [];
    private volatile string? _text;
    private long _began;

    /// <summary>Null when nobody complains.</summary>
    public string? Text => _text;

    /// <param name="who">The loop or slot that cannot go on.</param>
    /// <param name="exception">Why.</param>
    public void Begin(object who, Exception exception)
    {
        lock (_lock)
        {
            if (_complaining.Count == 0)
            {
                _told.Clear();
                _began = time.GetTimestamp();
            }

            _complaining.Add(who);
            // The first text of a kind stays: what differs in later ones is how long something took.
            if (!_told.Add(exception.GetType()))
                return;
            _text = StepExecution.Describe(exception);
            LogAway(log, _text);
        }
    }

    /// <param name="who">Goes on; nothing happens if it did not complain.</param>
    public void End(object who)
    {
        lock (_lock)
        {
            if (!_complaining.Remove(who) || _complaining.Count > 0)
                return;
            _text = null;
            LogBack(log, time.GetElapsedTime(_began).TotalSeconds);
        }
    }

    [LoggerMessage(LogLevel.Warning, "the store is away: {Reason}")]
    private static partial void LogAway(ILogger log, string reason);

    [LoggerMessage(LogLevel.Information, "the store is back after {Seconds:0.0} s")]
    private static partial void LogBack(ILogger log, double seconds);
}
