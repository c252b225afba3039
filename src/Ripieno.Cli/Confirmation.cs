using Ripieno.Cli.Grammar;
using Ripieno.Errors;
using Spectre.Console;

namespace Ripieno.Cli;

/// <summary>Asks before something is lost.</summary>
internal static class Confirmation
{
    /// <param name="invocation">Whom to ask.</param>
    /// <param name="common">With <c>--json</c> or <c>--quiet</c> nobody is asked.</param>
    /// <param name="yes"><c>--yes</c> was said.</param>
    /// <param name="question">To be answered with yes or no; no is the default.</param>
    /// <param name="what">What would happen, as a sentence, for the error.</param>
    /// <exception cref="ConflictException">Nobody can be asked, and <c>--yes</c> was not said.</exception>
    public static async Task<bool> GivenAsync(Invocation invocation, CommonSettings common, bool yes, string question, string what)
    {
        if (yes)
            return true;
        if (common.IsSilent || !invocation.Terminal.CanAsk)
            throw new ConflictException($"{what} Nothing was done: say --yes to do it without being asked.");
        return await invocation.Terminal.Console.ConfirmAsync(Markup.Escape(question), defaultValue: false, invocation.Interruption.Requested);
    }
}
