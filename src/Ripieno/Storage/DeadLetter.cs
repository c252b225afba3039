namespace Ripieno.Storage;

/// <summary>A step that was given up because executing it ends instances.</summary>
/// <param name="RunId">Its run.</param>
/// <param name="RunTitle">Title of the run.</param>
/// <param name="Step">The step; <see cref="StepRecord.Reason"/> tells its story in a sentence, the run's events the rest.</param>
internal sealed record DeadLetter(string RunId, string RunTitle, StepRecord Step);
