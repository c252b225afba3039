using System.Collections.Immutable;
using Ripieno.Backlogs;

namespace Ripieno.Agents.Tasks;

/// <summary>A task with all that its executor and reviewer need: it travels in the inputs of their steps.</summary>
/// <param name="Id">The task's id.</param>
/// <param name="Title">One line.</param>
/// <param name="Description">The planner's words.</param>
/// <param name="Entries">The backlog entries that it covers, in the user's words.</param>
/// <param name="Priority">The highest of the entries'.</param>
internal sealed record TaskBrief(string Id, string Title, string Description, ImmutableArray<TaskBriefEntry> Entries, BacklogPriority Priority)
{
    /// <summary>Of its first execution. Later rounds go one higher, so that work begun is finished before more is begun.</summary>
    public int StepPriority => Priority switch
    {
        BacklogPriority.High => 2,
        BacklogPriority.Low => -2,
        _ => 0,
    };
}

internal sealed record TaskBriefEntry(string Id, string Title, string Description);
