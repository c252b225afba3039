using Ripieno.Runs;

namespace Ripieno;

/// <summary>A run that should have succeeded did not. Its finished steps keep their results: <see cref="AgentCoordinator.RetryAsync"/> does the others again.</summary>
public sealed class RunFailedException : Exception
{
    private const int Most = 5;

    internal RunFailedException(RunResult result) : base(Text(result)) => Result = result;

    /// <summary>How it ended.</summary>
    public RunResult Result { get; }

    private static string Text(RunResult result)
    {
        if (result.Run.Status == RunStatus.Cancelled)
            return $"Run '{result.Run.Id}' was cancelled.";
        var reasons = result.Failed.Take(Most).Select(step => $"{step.Key}: {step.Reason}");
        return $"Run '{result.Run.Id}' failed. {string.Join(" ", reasons)}{(result.Failed.Count > Most ? $" And {result.Failed.Count - Most} more." : "")}".TrimEnd();
    }
}
