using System.Collections.Immutable;
using Ripieno.Agents.Answers;
using Ripieno.Backlogs;

namespace Ripieno.Agents.Planning;

/// <summary>A task of a plan.</summary>
/// <param name="Id">Lower-case letters, digits and dashes; the task's step key and folder.</param>
/// <param name="Title">One line.</param>
/// <param name="Description">What the executor is to do.</param>
/// <param name="Entries">Ids of the backlog entries that it covers.</param>
/// <param name="DependsOn">Tasks whose accepted results it needs: the planner's, and those that follow from the backlog.</param>
/// <param name="Priority">The highest of its entries.</param>
internal sealed record PlannedTask(
    string Id, string Title, string Description, ImmutableArray<string> Entries, ImmutableArray<string> DependsOn, BacklogPriority Priority);

/// <summary>A checked plan: what the step <c>plan</c> leaves as its result.</summary>
internal sealed record Plan(string Summary, ImmutableArray<PlannedTask> Tasks, ImmutableArray<DroppedEntry> Dropped);
