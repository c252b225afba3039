using Ripieno.Errors;

namespace Ripieno.Models;

/// <summary>What this instance knows of an endpoint: its calls in flight, and until when it is left in peace.</summary>
internal sealed class EndpointState(Endpoint endpoint, TimeProvider time)
{
    /// <summary>First pause after a failure that named none; doubles to <see cref="LongestPause"/>.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>An endpoint that comes back is noticed within this time.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>A server that asks for more is believed this much: beyond it, asking again costs less than an endpoint that all leave idle by mistake.</summary>
    private static readonly TimeSpan LongestAsked = TimeSpan.FromMinutes(10);

    /// <summary>How far ahead turns are given.</summary>
    private static readonly TimeSpan LongestQueue = TimeSpan.FromMinutes(5);

    /// <summary>After it an endpoint that refused is asked again: a role that was granted or a model that was installed is noticed within this time.</summary>
    private static readonly TimeSpan RefusalRest = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();

    /// <summary>By name of the model; the empty name stands for all models.</summary>
    private readonly Dictionary<string, (DateTimeOffset Until, ModelRejectedException Cause)> _refusals = new(StringComparer.Ordinal);
    private DateTimeOffset _coolingUntil;
    private DateTimeOffset _pacedUntil;
    private DateTimeOffset _nextTurn;
    private TimeSpan _interval;
    private string _trouble = "";
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

    /// <summary>How long it is still not to be called, because it cools or because its rate is used up; zero = it may be.</summary>
    public TimeSpan Rest
    {
        get
        {
            lock (_lock)
            {
                var until = _coolingUntil > _pacedUntil ? _coolingUntil : _pacedUntil;
                return until > time.GetUtcNow() ? until - time.GetUtcNow() : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Why.</summary>
    public string Trouble
    {
        get
        {
            lock (_lock)
                return _coolingUntil >= _pacedUntil ? _trouble : $"Endpoint '{endpoint.Name}' has had {Rates} in the last minute, as many as it may.";
        }
    }

    private string Rates => string.Join(" or ", ((string?[])[
        endpoint.RequestsPerMinute is { } requests ? $"{requests} requests" : null, endpoint.TokensPerMinute is { } tokens ? $"{tokens} tokens" : null]).OfType<string>());

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

    /// <summary>Its server has asked another instance to leave it in peace.</summary>
    public void Cool(TimeSpan rest, string reason)
    {
        lock (_lock)
        {
            var until = time.GetUtcNow() + rest;
            if (until <= _coolingUntil)
                return;
            (_coolingUntil, _trouble) = (until, reason);
        }
    }

    /// <summary>Its rate is used up for so long.</summary>
    /// <param name="rest">As the store said.</param>
    /// <param name="tokens">Of the call that was refused.</param>
    public void Pace(TimeSpan rest, int tokens)
    {
        lock (_lock)
        {
            _pacedUntil = time.GetUtcNow() + rest;
            var byRequests = endpoint.RequestsPerMinute is { } requests ? 60.0 / requests : 0;
            var byTokens = endpoint.TokensPerMinute is { } most ? 60.0 * Math.Min(tokens, most) / most : 0;
            _interval = TimeSpan.FromSeconds(Math.Max(byRequests, byTokens));
        }
    }

    /// <summary>
    /// How long one more call had better wait for its rate. Those who wait come one after the other, as fast as the rate allows, and not all at the moment at which the first may: each of the others would be claimed,
    /// refused and parked once more for nothing.
    /// </summary>
    public TimeSpan Turn()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            var first = _pacedUntil > now ? _pacedUntil : now;
            // Beyond it they begin anew: nobody's plan should reach far, as calls may fail and instances go.
            if (_nextTurn < first || _nextTurn > first + LongestQueue)
                _nextTurn = first;
            var turn = _nextTurn - now;
            _nextTurn += _interval;
            return turn;
        }
    }

    /// <summary>Notes that it is away and returns the error to pass on, which says for how long to wait.</summary>
    /// <param name="cause">What it said.</param>
    /// <param name="asked">For how long it has asked to be left in peace, if that is longer than was known; null when it did not, or nothing new.</param>
    public EndpointUnavailableException Away(EndpointUnavailableException cause, out TimeSpan? asked)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            // Calls that were in flight together fail together: that is one failure, not many.
            if (_coolingUntil <= now)
                _failures++;
            var doubled = FirstPause * Math.Pow(2, Math.Min(_failures - 1, 10));
            // "At once" (Retry-After: 0) counts as not said: a step would go to and fro between store and server without a pause.
            asked = cause.RetryAfter > TimeSpan.Zero ? cause.RetryAfter < LongestAsked ? cause.RetryAfter : LongestAsked : null;
            var until = now + (asked ?? (doubled < LongestPause ? doubled : LongestPause));
            // Extended, never shortened: a later answer without Retry-After must not undo an earlier one with it.
            if (until > _coolingUntil)
                _coolingUntil = until;
            else
                asked = null;
            _trouble = cause.Message;
            return new(cause.Message, _coolingUntil - now, cause);
        }
    }
}
