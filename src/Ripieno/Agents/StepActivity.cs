using Ripieno.Models;

namespace Ripieno.Agents;

/// <summary>What one slot does now, for people. Written by the step's task, read by displays at any time.</summary>
internal sealed class StepActivity(TimeProvider time, string runId, string stepKey) : IProgress<ModelProgress>
{
    private readonly long _started = time.GetTimestamp();
    private volatile Doing _doing = new("starting", time.GetTimestamp());
    private long _tokens;

    public string RunId => runId;

    public string StepKey => stepKey;

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

    private sealed record Doing(string Text, long Since);
}
