using Ripieno.Errors;

namespace Ripieno.Models;

/// <summary>What this instance knows of an endpoint: its calls in flight, and until when it is left in peace.</summary>
internal sealed class EndpointState(Endpoint endpoint, TimeProvider time)
{
    /// <summary>First pause after a failure that named none; doubles to <see cref="LongestPause"/>.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>An endpoint that comes back is noticed within this time.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>After it an endpoint that refused is asked again: a role that was granted or a model that was installed is noticed within this time.</summary>
    private static readonly TimeSpan RefusalRest = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();

    /// <summary>By name of the model; the empty name stands for all models.</summary>
    private readonly Dictionary<string, (DateTimeOffset Until, ModelRejectedException Cause)> _refusals = new(StringComparer.Ordinal);
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

    /// <summary>Why it is not to be asked for a model; null = it may be.</summary>
    public ModelRejectedException? Refusal(ModelChoice model)
    {
        lock (_lock)
        {
            foreach (var name in (ReadOnlySpan<string>)["", NameOf(model)])
            {
                if (_refusals.TryGetValue(name, out var refusal) && refusal.Until > time.GetUtcNow())
                    return new(refusal.Cause.Message, refusal.Cause.Refusal, refusal.Cause);
            }

            return null;
        }
    }

    /// <summary>Notes that it will refuse other calls as well.</summary>
    public void Refused(ModelChoice model, ModelRejectedException cause)
    {
        if (cause.Refusal == ModelRefusal.Request)
            return;
        lock (_lock)
        {
            var until = cause.Refusal == ModelRefusal.Gone ? DateTimeOffset.MaxValue : time.GetUtcNow() + RefusalRest;
            _refusals[cause.Refusal == ModelRefusal.Credentials ? "" : NameOf(model)] = (until, cause);
        }
    }

    private static string NameOf(ModelChoice model) => model.Deployment ?? model.Model;

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
