using System.Collections.Immutable;
using Ripieno.Agents.Prompts;

namespace Ripieno.Agents.Tasks;

/// <summary>The data blocks of executor and reviewer, each fitted into its share of the prompt.</summary>
internal static class TaskBlocks
{
    public static string Task(TaskBrief task, int budget) =>
        PromptBudget.Fit(budget, task.Entries.Length, (limit, count) => PromptBlock.Of(
            PromptNames.Task,
            new PromptTask(
                task.Id,
                LongText.Of(task.Title).Cut(limit),
                LongText.Of(task.Description).Cut(limit),
                [
                    .. task.Entries.Take(count).Select(entry =>
                        new PromptTaskEntry(entry.Id, LongText.Of(entry.Title).Cut(limit), LongText.Of(entry.Description).Cut(limit))),
                ])));

    /// <summary>Newest last, as they were written; when there is no room, the oldest go first.</summary>
    public static string Notes(ImmutableArray<RoundNotes> notes, int budget) =>
        notes.IsEmpty
            ? ""
            : PromptBudget.Fit(budget, notes.Length, (limit, count) => PromptBlock.OfText(
                PromptNames.Notes,
                string.Join("\n\n", notes.TakeLast(count).Select(note => $"Round {note.Round}: {LongText.Of(note.Notes).Cut(limit)}"))));

    /// <param name="name">The block's tag.</param>
    /// <param name="work">What is shown.</param>
    /// <param name="budget">Bytes.</param>
    public static string Work(string name, ReadWork work, int budget) =>
        PromptBudget.Fit(budget, work.Files.Length, (limit, count) => PromptBlock.Of(name, work.Show(limit, count)));

    public static string Results(ImmutableArray<ReadWork> works, int budget)
    {
        if (works.IsEmpty)
            return "";
        // Works are more than their files: files are left out first, works only when even their bare summaries are too many.
        var files = works.Sum(work => work.Files.Length);
        return PromptBudget.Fit(budget, files + works.Length, (limit, items) => PromptBlock.Of<ImmutableArray<PromptWork>>(
            PromptNames.Results, Shown(works, limit, Math.Min(works.Length, items), Math.Max(0, items - works.Length))));
    }

    private static ImmutableArray<PromptWork> Shown(ImmutableArray<ReadWork> works, int limit, int count, int files)
    {
        var shown = ImmutableArray.CreateBuilder<PromptWork>(count);
        foreach (var work in works.Take(count))
        {
            shown.Add(work.Show(limit, files));
            files = Math.Max(0, files - work.Files.Length);
        }

        return shown.DrainToImmutable();
    }
}
