using System.Globalization;
using System.Text.Json;
using Ripieno.Simulator;
using Ripieno.Workflows;

namespace Ripieno.EndToEnd.Tests.Ledgers;

/// <summary>Backlogs whose every task tells its run, so that a logged request can be held against the store.</summary>
internal static class StormBacklog
{
    /// <param name="run">Id of the run.</param>
    /// <param name="tasks">How many.</param>
    /// <param name="padding">Fills the descriptions with some kilobytes that do not pack; null = a short sentence.</param>
    public static string Write(string run, int tasks, Random? padding = null) => JsonSerializer.Serialize(Enumerable.Range(1, tasks).Select(number => new
    {
        title = Title(run, number),
        description = $"Build part {number} of the product. {(padding is null ? "" : Noise(padding))}",
        dependencies = Before(number) is { } before ? new[] { Title(run, before) } : [],
    }));

    /// <summary>The task on which another depends: every second one has one.</summary>
    public static int? Before(int number) => number % 2 == 0 ? number - 1 : null;

    public static string Title(string run, int number) => $"Part {number} of {run}";

    /// <summary>Which run asked, and for which task (0 = the plan).</summary>
    public static (string Run, int Task) Of(SimulatedRequest request)
    {
        var isPlan = request.Schema == "plan";
        var words = (isPlan ? FirstTitle(request.Prompt()) : request.Task()).Split(' ');
        return (words[3], isPlan ? 0 : int.Parse(words[1], CultureInfo.InvariantCulture));
    }

    /// <summary>The task's number, from the id that the plan made of its title; 0 for the plan and the summary.</summary>
    public static int TaskNumber(string stepKey) =>
        StandardWorkflow.TaskOf(stepKey) is { } task ? int.Parse(task.Split('-')[1], CultureInfo.InvariantCulture) : 0;

    private static string Noise(Random random)
    {
        var bytes = new byte[2_000];
        random.NextBytes(bytes);
        return Convert.ToBase64String(bytes);
    }

    private static string FirstTitle(string prompt)
    {
        var start = prompt.IndexOf("Part 1 of ", StringComparison.Ordinal);
        return prompt[start..prompt.IndexOfAny(['"', '\n'], start)];
    }
}
