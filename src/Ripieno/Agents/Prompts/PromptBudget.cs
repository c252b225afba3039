using System.Text;
using Ripieno.Workflows;

namespace Ripieno.Agents.Prompts;

/// <summary>How much data fits into a prompt, in UTF-8 bytes.</summary>
internal static class PromptBudget
{
    /// <summary>With less than this, what is left of the data would be noise.</summary>
    private const int Least = 256;

    /// <summary>Between a block and its neighbours; an empty block takes its line with it.</summary>
    private const int LineEnds = 2;

    /// <summary>
    /// Half of the model's context less the prompt's own text. The other half is for the answer, which is often as long as the question:
    /// a plan repeats the entries, a revision the files.
    /// </summary>
    /// <exception cref="StepFailedException">The prompt alone takes it all.</exception>
    public static int Of(AgentSnapshot agent, PromptTemplate template)
    {
        var bare = template.Render(new Dictionary<string, string>());
        var own = SizeOf(bare.System) + SizeOf(bare.User) + template.Names.Length * LineEnds;
        var budget = LongText.BytesIn(agent.Model.Context / 2) - own;
        return budget >= Least
            ? budget
            : throw new StepFailedException(
                $"The prompt of agent '{agent.Id}' leaves no room for data: it takes about {own / LongText.BytesIn(1)} tokens, and half of the "
                + $"{agent.Model.Context} tokens of model '{agent.Model.Model}' are for the answer. Raise `context` of the model, or shorten the prompt.");
    }

    public static int SizeOf(string text) => Encoding.UTF8.GetByteCount(text);

    /// <summary>
    /// The fullest rendering within a budget. First all texts are shortened to the same length, so that the short ones stay whole; when
    /// that is not enough, items are left out from the end.
    /// </summary>
    /// <param name="budget">Bytes.</param>
    /// <param name="items">How many there are.</param>
    /// <param name="render">From the characters that each text may have and the number of items.</param>
    public static string Fit(int budget, int items, Func<int, int, string> render)
    {
        // No text within the budget has more characters than the budget has bytes.
        if (SizeOf(render(budget, items)) <= budget)
            return render(budget, items);
        return SizeOf(render(0, items)) <= budget
            ? render(Largest(budget, limit => SizeOf(render(limit, items)) <= budget), items)
            : render(0, Largest(items, count => SizeOf(render(0, count)) <= budget));
    }

    /// <summary>Characters that each of several texts may have so that all of them together keep within a budget: the short ones stay whole.</summary>
    /// <param name="budget">Bytes.</param>
    /// <param name="size">Bytes that they take together when each has at most so many characters.</param>
    public static int LongestText(int budget, Func<int, int> size) => size(budget) <= budget ? budget : Largest(budget, limit => size(limit) <= budget);

    /// <summary>The largest number up to <paramref name="bound"/> that fits, given that smaller ones fit better; 0 when none does.</summary>
    private static int Largest(int bound, Func<int, bool> fits)
    {
        var (low, high) = (0, bound);
        while (low < high)
        {
            var middle = low + (high - low + 1) / 2;
            (low, high) = fits(middle) ? (middle, high) : (low, middle - 1);
        }

        return low;
    }
}
