using System.CommandLine;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;

namespace Ripieno.Cli.Commands;

/// <summary><c>store reopen</c>: a store whose runs were copied is worked on again.</summary>
internal static class StoreReopenCommand
{
    public static Command Create(Invocation invocation)
    {
        var yes = new Option<bool>("--yes", "-y") { Description = "Ask nothing" };
        var command = new DocumentedCommand(
            "reopen",
            "Open a store again that 'ripieno store copy' has closed. Only when its runs are not worked on in the other store: what is open in both is executed in both.",
            ("the copy was given up", "ripieno store reopen"),
            ("the new server was a mistake", "ripieno store reopen --store sqlite:data/ripieno.db --yes"))
        {
            yes,
        };
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed), parsed.GetValue(yes)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, bool yes)
    {
        var cancellation = invocation.Interruption.Requested;
        await using var composition = await Composition.OpenAsync(invocation, common, cancellation);
        var (store, location, output) = (composition.Store, composition.Store.Description.Location, invocation.Terminal.Out);
        var closing = await store.FindClosingAsync(cancellation);
        if (closing is not null && !await Confirmation.GivenAsync(
            invocation, common, yes, $"Its runs were moved, or are being moved, to {closing.Target}. Open {location} all the same?", $"The store {location} would be opened again, though its runs may go on in {closing.Target}."))
        {
            await output.WriteLineAsync("Nothing was changed.");
            return ExitCode.Done;
        }

        if (closing is not null)
            await store.ReopenAsync(cancellation);
        if (common.Json)
            JsonOutput.WriteLine(output, new ReopenDocument(location, closing is not null));
        else if (common.Quiet)
            await output.WriteLineAsync(location);
        else
            await output.WriteLineAsync(closing is null ? $"The store {location} is open." : $"The store {location} is open again. Go on with: {invocation.FollowUp.Command("worker")}");
        return ExitCode.Done;
    }
}
