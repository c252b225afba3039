using Ripieno.Agents.Answers;
using Ripieno.Backlogs;

namespace Ripieno.Agents.Planning;

/// <summary>Whether a planner's answer is a plan of the entries that it was given.</summary>
internal static class PlanCheck
{
    private const int MaxNamesTold = 30;

    /// <summary>Sentences for the planner; empty = a plan.</summary>
    /// <param name="answer">Of the right shape.</param>
    /// <param name="entries">The entries that this answer must cover.</param>
    /// <param name="mayBeEmpty">True for a part of a backlog: all of its entries may turn out to be dropped.</param>
    public static IReadOnlyList<string> Find(PlanAnswer answer, IReadOnlyList<BacklogEntry> entries, bool mayBeEmpty)
    {
        if (answer.Tasks.IsEmpty && !mayBeEmpty)
            return ["`tasks` is empty; make at least one task."];
        string[] errors = [.. Tasks(answer, entries), .. Dropped(answer, entries), .. Coverage(answer, entries)];
        return errors.Length > 0 ? errors : [.. Order(answer, entries)];
    }

    private static IEnumerable<string> Tasks(PlanAnswer answer, IReadOnlyList<BacklogEntry> entries)
    {
        var known = entries.Select(entry => entry.Id).ToHashSet(StringComparer.Ordinal);
        var ids = answer.Tasks.Select(task => task.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var twice in answer.Tasks.GroupBy(task => task.Id, StringComparer.Ordinal).Where(group => group.Count() > 1))
            yield return $"The task id '{twice.Key}' is used {twice.Count()} times; ids must be unique.";
        for (var index = 0; index < answer.Tasks.Length; index++)
        {
            var task = answer.Tasks[index];
            if (string.IsNullOrWhiteSpace(task.Id))
                yield return $"The id of tasks[{index}] is empty.";
            if (string.IsNullOrWhiteSpace(task.Title))
                yield return $"The title of task '{task.Id}' is empty.";
            foreach (var entry in task.Entries.Where(entry => !known.Contains(entry)))
                yield return $"Task '{task.Id}' names the entry '{entry}', which is not in the backlog; its entries are: {Listed(known)}.";
            foreach (var other in task.DependsOn.Where(other => !ids.Contains(other)))
                yield return $"Task '{task.Id}' depends on '{other}', which is no task of this plan; its tasks are: {Listed(ids)}.";
        }
    }

    private static IEnumerable<string> Dropped(PlanAnswer answer, IReadOnlyList<BacklogEntry> entries)
    {
        var known = entries.Select(entry => entry.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var drop in answer.Dropped)
        {
            if (!known.Contains(drop.Entry))
                yield return $"`dropped` names the entry '{drop.Entry}', which is not in the backlog; its entries are: {Listed(known)}.";
            if (string.IsNullOrWhiteSpace(drop.Reason))
                yield return $"The entry '{drop.Entry}' is dropped without a reason.";
            if (answer.Tasks.FirstOrDefault(task => task.Entries.Contains(drop.Entry)) is { } task)
                yield return $"The entry '{drop.Entry}' is both covered by task '{task.Id}' and dropped; choose one.";
        }
    }

    private static IEnumerable<string> Coverage(PlanAnswer answer, IReadOnlyList<BacklogEntry> entries)
    {
        var seen = answer.Tasks.SelectMany(task => task.Entries).Concat(answer.Dropped.Select(drop => drop.Entry)).ToHashSet(StringComparer.Ordinal);
        return entries
            .Where(entry => !seen.Contains(entry.Id))
            .Select(entry => $"The entry '{entry.Id}' is in no task's `entries`; make a task for it, or name it in `dropped` with the reason.");
    }

    private static IEnumerable<string> Order(PlanAnswer answer, IReadOnlyList<BacklogEntry> entries)
    {
        var tasks = PlanDraft.TasksOf(answer, entries);
        if (TaskGraph.FindCycle(tasks) is { Length: > 0 } own)
            yield return $"Tasks depend on each other in a circle: {string.Join(" → ", own)}. Remove one of these dependencies.";
        else if (TaskGraph.FindCycle(TaskGraph.AddEntryOrder(tasks, entries, answer.Dropped)) is { Length: > 0 } joint)
        {
            yield return $"The plan contradicts the dependencies of the backlog's entries. Together they make a circle: {string.Join(" → ", joint)} "
                + "(each needs the next). Remove dependencies of these tasks, or split a task that covers several entries.";
        }
    }

    private static string Listed(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return string.Join(", ", all.Take(MaxNamesTold)) + (all.Length > MaxNamesTold ? $" and {all.Length - MaxNamesTold} more" : "");
    }
}
