using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Cli.Runs;
using Ripieno.Coordination;
using Spectre.Console;

namespace Ripieno.Cli.Commands;

/// <summary><c>approve</c>: what a run waits for people to decide, and the decision.</summary>
internal static class ApproveCommand
{
    private const int LongestNote = 10_000;

    /// <summary>More than a question is stored with.</summary>
    private const int LongestQuestion = 20_000;

    public static Command Create(Invocation invocation)
    {
        var run = RunChoice.Required();
        var step = new Argument<string?>("STEP") { Arity = ArgumentArity.ZeroOrOne, Description = "what is approved; left out: list what the run asks" };
        var reject = new Option<bool>("--reject") { Description = "Reject it instead" };
        var note = new Option<string?>("--note") { HelpName = "TEXT", Description = "Why; kept with the decision, and what comes after may use it" };
        var command = new DocumentedCommand(
            "approve",
            "Approve or reject what a run of your own workflow waits for, or list what it asks.",
            ("what does it ask?", "ripieno approve nightly-42"),
            ("yes", "ripieno approve nightly-42 publish"),
            ("no, and why", "ripieno approve nightly-42 publish --reject --note \"Wait for the lawyers\""))
        {
            run, step, reject, note,
        };
        command.SetAction((parsed, _) => ExecuteAsync(
            invocation, CommonSettings.Of(parsed), parsed.GetRequiredValue(run), parsed.GetValue(step), parsed.GetValue(reject), parsed.GetValue(note) ?? ""));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, string run, string? step, bool reject, string note)
    {
        var cancellation = invocation.Interruption.Requested;
        await using var composition = await Composition.OpenAsync(invocation, common, cancellation);
        var approvals = new Approvals(composition.Store, invocation.Time);
        if (step is null)
        {
            Write(invocation, common, run, await approvals.ListAsync(run, cancellation));
            return ExitCode.Done;
        }

        await approvals.DecideAsync(run, step, new(!reject, note.Length <= LongestNote ? note : note[..LongestNote], Environment.UserName), cancellation);
        if (common.Json)
            JsonOutput.WriteLine(invocation.Terminal.Out, new ApproveDocument(run, step, !reject));
        else if (!common.Quiet)
            await invocation.Terminal.Out.WriteLineAsync($"{SafeText.Of(step, longest: 120)} of run {run} is {(reject ? "rejected" : "approved")}.");
        return ExitCode.Done;
    }

    private static void Write(Invocation invocation, CommonSettings common, string run, IReadOnlyList<PendingApproval> pending)
    {
        if (common.Json)
        {
            JsonOutput.WriteLine(invocation.Terminal.Out, new ApprovalsDocument(run, [.. pending.Select(one => new ApprovalJson(one.Step, one.Question))]));
            return;
        }

        if (pending.Count == 0)
        {
            invocation.Terminal.Out.WriteLine($"Run {run} waits for no approval.");
            return;
        }

        foreach (var one in pending)
        {
            invocation.Terminal.Console.Write(new StyledLine().Add($" {SafeText.Of(one.Step, longest: 120)}", Look.Strong));
            // Whole, over as many lines as it takes: nobody can decide on half of a question.
            if (one.Question.Length > 0)
                invocation.Terminal.Console.Write(new Padder(new Text(SafeText.OfLines(one.Question, LongestQuestion)), new Padding(3, 0, 0, 0)));
            if (!common.Quiet)
                invocation.Terminal.Console.Write(new StyledLine().Add($"   {invocation.FollowUp.Command($"approve {run} {SafeText.Of(one.Step, longest: 120)}")}", Look.Quiet));
        }
    }
}
