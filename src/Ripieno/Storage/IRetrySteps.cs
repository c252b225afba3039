using Ripieno.Runs;

namespace Ripieno.Storage;

/// <summary>The steps of a run that has failed, for <see cref="RetryPlan"/>: as they stand, before anything moves. None of those that an expansion wrote ahead.</summary>
internal interface IRetrySteps
{
    /// <summary>Those that failed by their own work or were dead-lettered; a group that failed through a member is reopened with that member.</summary>
    IReadOnlyList<int> Failed();

    /// <summary>Those that were skipped for no other reason than that the run had stopped (<see cref="StepMoves.IsStopped"/>).</summary>
    IReadOnlyList<int> Stopped();

    /// <summary>Index of a step by its key.</summary>
    int? Find(string key);

    StepState State(int index);

    int? Parent(int index);

    /// <summary>True when the step has members.</summary>
    bool IsGroup(int index);

    /// <summary>Steps that depend on it.</summary>
    IEnumerable<int> Dependents(int index);
}
