namespace Ripieno;

/// <summary>Something that a run waits for people to approve.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Step">Key of the approval.</param>
/// <param name="Question">What is asked; empty = nothing more than its name says.</param>
public sealed record ApprovalQuestion(string RunId, string Step, string Question);
