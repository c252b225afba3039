using Ripieno.Errors;

namespace Ripieno.Models;

/// <summary>What this instance knows of an endpoint: its calls in flight, and until when it is left in peace.</summary>
internal sealed class EndpointState(Endpoint endpoint, TimeProvider time)
{
    /// <summary>First pause after a failure that named none; doubles to <see cref="LongestPause"/>.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>An endpoint that comes back is noticed within this time.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private DateTimeOffset _coolingUntil;
    private int _failures;
    private int _inFlight;

    public Endpoint Endpoint => endpoint;

    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>How long it is still left in peace; zero = it may be called.</summary>
    public TimeSpan Cooling
    {
        get
        {
            lock (_lock)
                return _coolingUntil > time.GetUtcNow() ? _coolingUntil - time.GetUtcNow() : TimeSpan.Zero;
        }
    }

    /// <summary>Why it cools.</summary>
    public string Trouble { get; private set; } = "";

    public void Began() => Interlocked.Increment(ref _inFlight);

    public void Ended() => Interlocked.Decrement(ref _inFlight);

    public void Answered()
    {
        lock (_lock)
            _failures = 0;
    }

    /// <summary>Notes that it is away and returns the error to pass on, which says for how long to wait.</summary>
    public EndpointUnavailableException Away(EndpointUnavailableException cause)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            // Calls that were in flight together fail together: that is one failure, not many.
            if (_coolingUntil <= now)
                _failures++;
            var doubled = FirstPause * Math.Pow(2, Math.Min(_failures - 1, 10));
            // "At once" (Retry-After: 0) counts as not said: a step would go to and fro between store and server without a pause.
            var asked = cause.RetryAfter > TimeSpan.Zero ? cause.RetryAfter : null;
            var until = now + (asked ?? (doubled < LongestPause ? doubled : LongestPause));
            // Extended, never shortened: a later answer without Retry-After must not undo an earlier one with it.
            if (until > _coolingUntil)
                _coolingUntil = until;
            Trouble = cause.Message;
            return new(cause.Message, _coolingUntil - now, cause);
        }
    }
}
