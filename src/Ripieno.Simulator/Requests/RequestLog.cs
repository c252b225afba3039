using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ripieno.Simulator;

/// <summary>
/// What calls arrived and how they ended. A call is written to the file before it is worked on, so that a checker knows of every call
/// even when either side is killed.
/// </summary>
internal sealed class RequestLog(SimulatorOptions options) : IDisposable
{
    private static readonly JsonSerializerOptions Lines = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly Lock _lock = new();
    private readonly Dictionary<long, SimulatedRequest> _requests = [];
    private readonly StreamWriter? _file = options.LogFile is { } path ? new StreamWriter(path, append: true) { AutoFlush = true } : null;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _last;

    /// <summary>In order of arrival, those under way included.</summary>
    public ImmutableArray<SimulatedRequest> All
    {
        get
        {
            lock (_lock)
                return [.. _requests.Values.OrderBy(request => request.Number)];
        }
    }

    /// <summary>Completes at the next <see cref="Tell"/>.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
                return _changed.Task;
        }
    }

    public SimulatedRequest Accept(Func<long, SimulatedRequest> create)
    {
        lock (_lock)
        {
            var request = create(++_last);
            _requests.Add(request.Number, request);
            _requests.Remove(request.Number - options.KeptRequests);
            Write("accepted", request);
            return request;
        }
    }

    public void End(SimulatedRequest request, RequestOutcome outcome)
    {
        lock (_lock)
        {
            var ended = request with { Ended = options.Time.GetUtcNow(), Outcome = outcome };
            if (_requests.ContainsKey(request.Number))
                _requests[request.Number] = ended;
            Write("ended", ended);
        }
    }

    /// <summary>Wakes those who wait for <see cref="Changed"/>; called after gauge and log are both up to date.</summary>
    public void Tell()
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    public void Dispose()
    {
        lock (_lock)
            _file?.Dispose();
    }

    private void Write(string happened, SimulatedRequest request) =>
        _file?.WriteLine(JsonSerializer.Serialize(new { Event = happened, Request = request }, Lines));
}
