using System.CommandLine;
using System.Text;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Cli.Runs;
using Ripieno.Coordination;

namespace Ripieno.Cli.Commands;

/// <summary><c>dead-letter show</c>: the story of one step.</summary>
internal static class DeadLetterShowCommand
{
    private const int LongestInput = 4000;

    public static Command Create(Invocation invocation)
    {
        var run = RunChoice.Required();
        var step = new Argument<string>("STEP") { Description = "key of the step, or id of its task" };
        var command = new DocumentedCommand(
            "show",
            "Show what happened to a step that was given up: which processes ended while they executed it, and what it was given to do.",
            ("a task", "ripieno dead-letter show nightly-42 add-login"),
            ("a certain step of it", "ripieno dead-letter show nightly-42 tasks/add-login/review-1"))
        {
            run, step,
        };
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed), parsed.GetRequiredValue(run), parsed.GetRequiredValue(step)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, string run, string name)
    {
        var cancellation = invocation.Interruption.Requested;
        await using var composition = await Composition.OpenAsync(invocation, common, cancellation);
        var all = new DeadLetters(composition.Store, composition.Coordinator);
        var letter = await all.FindAsync(run, name, cancellation);
        var deaths = await all.DeathsAsync(letter, cancellation);
        var input = Encoding.UTF8.GetString((await all.InputAsync(letter, cancellation)).Span);
        if (common.Json)
        {
            JsonOutput.WriteLine(invocation.Terminal.Out, new DeadLetterDocument(
                letter.RunId, letter.RunTitle, StepJson.Of(letter.Step),
                [.. deaths.Select(death => new StepDeathJson(death.Execution, death.At, death.Instance, death.Alone, death.How))],
                input.Length == 0 ? null : input.Length <= LongestInput ? input : input[..LongestInput]));
        }
        else if (common.Quiet)
        {
            await invocation.Terminal.Out.WriteLineAsync(SafeText.Of(letter.Step.Reason, longest: 1000));
        }
        else
        {
            invocation.Terminal.Console.Write(DeadLettersView.Story(letter, deaths, input, invocation.FollowUp, invocation.Time));
        }

        return ExitCode.Done;
    }
}
