namespace Ripieno.Runs;

/// <summary>What a claim can ask for: an agent (or, for steps without one, an executor) on a queue.</summary>
internal readonly record struct StepClass(string Queue, string Executor)
{
    public override string ToString() => $"{Queue}/{Executor}";
}
