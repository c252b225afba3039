namespace Ripieno.Storage;

/// <summary>Bounds on what one step may store. They keep commits short: a commit's length bounds every other step's latency.</summary>
internal static class ContentLimits
{
    /// <summary>Bytes of one input or result.</summary>
    public const int Result = 1024 * 1024;

    /// <summary>Bytes of all artifacts of one step together.</summary>
    public const int Artifacts = 16 * 1024 * 1024;

    /// <summary>Steps that a run may begin with.</summary>
    public const int FirstSteps = 1000;

    /// <summary>Bytes of what an instance tells of itself.</summary>
    public const int InstanceReport = 64 * 1024;

    /// <summary>Lines in one batch for the logs of runs: as many as a commit touches steps.</summary>
    public const int LogBatch = 100;

    /// <summary>Bytes of one line.</summary>
    public const int LogEntry = 2 * 1024;

    /// <summary>
    /// Lines that the log of a run keeps. Some 0.15 MB, and 2 MB at the very most, so that a run which fails again and again does not fill the store; its whole story is in the files of those that wrote it.
    /// </summary>
    public const int Log = 1000;

    /// <exception cref="Errors.InvalidInputException">It is too large.</exception>
    public static void CheckReport(int length)
    {
        if (length > InstanceReport)
            throw TooLarge("the instance's report", length, InstanceReport);
    }

    /// <exception cref="Errors.InvalidInputException">There are too many lines, or one is too large.</exception>
    public static void Check(LogBatch batch)
    {
        if (batch.Lines.Count > LogBatch)
            throw new Errors.InvalidInputException(new Errors.Problem(null, null, "the batch of log lines", $"{batch.Lines.Count} lines", $"at most {LogBatch}"));
        foreach (var line in batch.Lines)
        {
            if (line.Body.Length > LogEntry)
                throw TooLarge($"a line for the log of run '{line.RunId}'", line.Body.Length, LogEntry);
        }
    }

    /// <exception cref="Errors.InvalidInputException">Something is larger than a step may store.</exception>
    public static void Check(StepCompletion completion)
    {
        if (completion.Result.Length > Result)
            throw TooLarge("the step's result", completion.Result.Length, Result);
        var artifacts = completion.Artifacts.Sum(artifact => (long)artifact.Content.Length);
        if (artifacts > Artifacts)
            throw TooLarge("the step's artifacts together", artifacts, Artifacts);
        foreach (var step in completion.Expansion?.Steps ?? [])
        {
            if (step.Input.Length > Result)
                throw TooLarge($"the input of step '{step.Key}'", step.Input.Length, Result);
        }
    }

    private static Errors.InvalidInputException TooLarge(string what, long found, long limit) =>
        new(new Errors.Problem(null, null, what, $"{found} bytes", $"at most {limit} bytes"));
}
