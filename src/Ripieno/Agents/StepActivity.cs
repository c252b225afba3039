using Ripieno.Models;

namespace Ripieno.Agents;

/// <summary>What one slot does now, for people. Written by the step's task, read by displays at any time.</summary>
internal sealed class StepActivity(TimeProvider time, string runId, string stepKey) : IProgress<ModelProgress>, IModelWitness
{
    private readonly long _started = time.GetTimestamp();
    private volatile Doing _doing = new("starting", time.GetTimestamp());
    private readonly List<ModelSwitch> _fallbacks = [];
    private ModelSwitch? _switch;
    private long _tokens;

    public string RunId => runId;

    public string StepKey => stepKey;

    /// <summary>Which model was asked last; null before the first call.</summary>
    public ModelChoice? Model { get; private set; }

    /// <summary>Answers that another model gave than the one chosen; null when there were none.</summary>
    public string? Fallback => _fallbacks.Count > 0 ? string.Join("; ", _fallbacks) : null;

    /// <summary>Is told when another model is about to be asked; once of the same one in a row.</summary>
    public Action<ModelSwitch>? OnSwitch { get; set; }

    /// <summary>Is asked when a call begins to wait for its turn; what it returns is disposed at the end of the wait.</summary>
    public Func<IDisposable>? OnWait { get; set; }

    /// <summary>Such as <c>loading llama3.2</c>.</summary>
    public string Text => _doing.Text;

    /// <summary>How long it has been doing that.</summary>
    public TimeSpan Since => time.GetElapsedTime(_doing.Since);

    /// <summary>How long the step has been executing.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_started);

    /// <summary>Output tokens of the call in flight, as far as they have arrived.</summary>
    public long Tokens => Volatile.Read(ref _tokens);

    public void Show(string text)
    {
        if (_doing.Text != text)
            _doing = new(text, time.GetTimestamp());
    }

    public void Report(ModelProgress value)
    {
        Volatile.Write(ref _tokens, value.Tokens);
        Show(value.Text);
    }

    void IModelWitness.Switched(ModelSwitch change)
    {
        if (_switch?.To != change.To)
            OnSwitch?.Invoke(change);
        (_switch, Model) = (change, change.To);
    }

    IDisposable? IModelWitness.Waits() => OnWait?.Invoke();

    void IModelWitness.Answers(ModelChoice model)
    {
        Model = model;
        if (_switch is null || _switch.To != model)
            _switch = null;
        else if (!_fallbacks.Exists(known => known.To == model))
            _fallbacks.Add(_switch);
    }

    private sealed record Doing(string Text, long Since);
}
