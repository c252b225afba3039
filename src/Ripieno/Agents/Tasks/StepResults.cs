using System.Collections.Immutable;

namespace Ripieno.Agents.Tasks;

/// <summary>What an execution leaves as its result; the files are the step's artifacts.</summary>
internal sealed record Work(string Summary, string Notes, ImmutableArray<WorkFile> Files);

/// <summary>A file of a work.</summary>
/// <param name="Path">Name of the artifact.</param>
/// <param name="Size">Bytes.</param>
internal sealed record WorkFile(string Path, long Size);

/// <summary>What a review leaves as its result.</summary>
/// <param name="Round">Of the execution reviewed.</param>
/// <param name="Approved">True: accepted. False: another round follows.</param>
/// <param name="Notes">The reviewer's.</param>
internal sealed record Review(int Round, bool Approved, string Notes);
