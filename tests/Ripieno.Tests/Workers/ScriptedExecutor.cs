using System.Collections.Concurrent;
using Ripieno.Agents;
using Ripieno.Storage;

namespace Ripieno.Tests.Workers;

/// <summary>Does for each step what the test says: hold it, end it, fail it. Steps without a script succeed at once.</summary>
internal sealed class ScriptedExecutor(string name) : IStepExecutor
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Func<StepContext, CancellationToken, Task<StepCompletion>>>> _scripts = [];
    private readonly Lock _lock = new();
    private readonly List<string> _story = [];
    private int _inFlight;

    public string Name => name;

    public int InFlight => Volatile.Read(ref _inFlight);

    public int MostInFlight { get; private set; }

    /// <summary><c>+key</c> at each beginning, <c>-key</c> at each end.</summary>
    public IReadOnlyList<string> Story
    {
        get
        {
            lock (_lock)
                return [.. _story];
        }
    }

    /// <summary>What the next executions of a step do, in order.</summary>
    public void Next(string key, params Func<StepContext, CancellationToken, Task<StepCompletion>>[] executions)
    {
        var queue = _scripts.GetOrAdd(key, _ => []);
        foreach (var execution in executions)
            queue.Enqueue(execution);
    }

    public void NextFails(string key, Func<Exception> exception, int times = 1)
    {
        for (var time = 0; time < times; time++)
            Next(key, (_, _) => throw exception());
    }

    public void NextCompletes(string key, StepCompletion completion) => Next(key, (_, _) => Task.FromResult(completion));

    /// <summary>Holds the next execution of a step until the test lets it go.</summary>
    public HeldStep HoldNext(string key)
    {
        var held = new HeldStep();
        Next(key, (_, cancellation) => held.ExecuteAsync(cancellation));
        return held;
    }

    public async Task<StepCompletion> ExecuteAsync(StepContext context, CancellationToken cancellation)
    {
        var key = context.Step.Key;
        Note('+', key);
        try
        {
            return _scripts.TryGetValue(key, out var queue) && queue.TryDequeue(out var execute) ? await execute(context, cancellation) : new();
        }
        finally
        {
            Note('-', key);
        }
    }

    private void Note(char what, string key)
    {
        lock (_lock)
        {
            _story.Add(what + key);
            _inFlight += what == '+' ? 1 : -1;
            MostInFlight = Math.Max(MostInFlight, _inFlight);
        }
    }
}
