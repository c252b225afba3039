using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Coordination;

namespace Ripieno.Cli.Commands;

/// <summary><c>dead-letter list</c>.</summary>
internal static class DeadLetterListCommand
{
    private const int DefaultLimit = 50;

    public static Command Create(Invocation invocation)
    {
        var run = new Argument<string?>("RUN") { Description = "id of the run; left out: all runs", Arity = ArgumentArity.ZeroOrOne };
        var limit = new Option<int?>("--limit", "-n")
        {
            HelpName = "N",
            Description = $"How many at most, the newest first. Default {DefaultLimit}",
            CustomParser = OptionValues.Number(1, 10_000),
        };
        var command = new DocumentedCommand(
            "list",
            "List steps that were given up because executing them ended one process after another, the newest first.",
            ("of all runs", "ripieno dead-letter list"),
            ("of one run, for a script", "ripieno dead-letter list nightly-42 --json"))
        {
            run, limit,
        };
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed), parsed.GetValue(run), parsed.GetValue(limit) ?? DefaultLimit));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, string? run, int limit)
    {
        var cancellation = invocation.Interruption.Requested;
        await using var composition = await Composition.OpenAsync(invocation, common, cancellation);
        var letters = await new DeadLetters(composition.Store, composition.Coordinator).ListAsync(run, limit, cancellation);
        var output = invocation.Terminal.Out;
        if (common.Json)
        {
            JsonOutput.WriteLine(output, new DeadLettersDocument([.. letters.Select(letter => new DeadLetterJson(letter.RunId, letter.RunTitle, StepJson.Of(letter.Step)))]));
        }
        else if (common.Quiet)
        {
            foreach (var letter in letters)
                await output.WriteLineAsync($"{letter.RunId} {SafeText.Of(letter.Step.Key)}");
        }
        else if (letters.Count == 0)
        {
            await output.WriteLineAsync($"No step {(run is null ? "" : $"of run {run} ")}was given up.");
        }
        else
        {
            invocation.Terminal.Console.Write(DeadLettersView.Of(letters, invocation.Time));
            await output.WriteLineAsync($"What happened to one: {invocation.FollowUp.Command($"dead-letter show {letters[0].RunId} {SafeText.Of(letters[0].Step.Key)}")}");
            await output.WriteLineAsync($"Another try: {invocation.FollowUp.Command($"dead-letter retry {letters[0].RunId}")}");
        }

        return ExitCode.Done;
    }
}
