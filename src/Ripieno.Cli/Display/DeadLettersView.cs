using Ripieno.Cli.Grammar;
using Ripieno.Coordination;
using Ripieno.Storage;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ripieno.Cli.Display;

/// <summary>Steps that were given up: a list of them, and the story of one.</summary>
internal static class DeadLettersView
{
    private const int ShortInput = 300;

    public static IRenderable Of(IReadOnlyList<DeadLetter> letters, TimeProvider time)
    {
        var table = Table("run", "step", "given up", "ended with it", "reason");
        foreach (var letter in letters)
        {
            table.AddRow(
                new Text(letter.RunId),
                new Text(SafeText.Of(letter.Step.Key, longest: 120)),
                new Text(letter.Step.FinishedAt is { } at ? TimeText.Moment(at, time.LocalTimeZone) : "", Look.Quiet),
                new Text($"{letter.Step.Deaths} {(letter.Step.Deaths == 1 ? "process" : "processes")}, {letter.Step.DeathsAlone} alone", Look.Bad),
                new Text(SafeText.Of(letter.Step.Reason), Look.Quiet));
        }

        return table;
    }

    public static IRenderable Story(DeadLetter letter, IReadOnlyList<StepDeath> deaths, string input, FollowUp followUp, TimeProvider time)
    {
        var step = letter.Step;
        var parts = new List<IRenderable>
        {
            new StyledLine().Add(" ✗ ", Look.Bad).Add(SafeText.Of(step.Key, longest: 120), Look.Strong).Add("  given up", Look.Bad)
                .Add($"  {letter.RunId}", Look.Quiet).Add($"  {SafeText.Of(letter.RunTitle, longest: 80)}", Look.Quiet),
            Indented(SafeText.Of(step.Reason, longest: 1000), Style.Plain),
        };
        if (deaths.Count > 0)
            parts.Add(Deaths(deaths, time));
        if (input.Length > 0)
            parts.Add(Indented($"What it was given: {SafeText.Of(input, ShortInput)}", Look.Quiet));
        parts.Add(Indented("Look for what ends a process here: memory, a limit of the system, a fault in the model's client. Then:", Style.Plain));
        parts.Add(new StyledLine().Add(" Log: ", Look.Quiet).Add(followUp.Command($"logs {letter.RunId}")));
        parts.Add(new StyledLine().Add(" Try it again: ", Look.Quiet).Add(followUp.Command($"dead-letter retry {letter.RunId} {SafeText.Of(step.Key)}")));
        return new Rows(parts);
    }

    private static Table Deaths(IReadOnlyList<StepDeath> deaths, TimeProvider time)
    {
        var table = Table("execution", "ended", "instance", "alone", "how");
        foreach (var death in deaths)
        {
            table.AddRow(
                new Text(TimeText.Number(death.Execution)),
                new Text($"{TimeText.Moment(death.At, time.LocalTimeZone)}:{death.At.Second:00}"),
                new Text(SafeText.Of(death.Instance, longest: 80)),
                new Text(death.Alone ? "yes" : "no", death.Alone ? Look.Bad : Look.Quiet),
                new Text(SafeText.Of(death.How), Look.Quiet));
        }

        return table;
    }

    private static Padder Indented(string text, Style style) => new(new Text(text, style), new Padding(3, 0, 0, 0));

    private static Table Table(params ReadOnlySpan<string> columns)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderStyle(Look.Quiet);
        foreach (var name in columns)
            table.AddColumn(new TableColumn(new Text(name, Look.Quiet)));
        return table;
    }
}
