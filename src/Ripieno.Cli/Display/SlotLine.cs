using Ripieno.Agents;

namespace Ripieno.Cli.Display;

/// <summary>What one busy slot does.</summary>
/// <param name="StepKey">Step being executed.</param>
/// <param name="Text">Such as <c>loading llama3.2</c>.</param>
/// <param name="Since">How long it has been doing that.</param>
/// <param name="Tokens">Output tokens so far; 0 when none are known.</param>
internal sealed record SlotLine(string StepKey, string Text, TimeSpan Since, long Tokens)
{
    public static SlotLine Of(StepActivity activity) => new(activity.StepKey, activity.Text, activity.Since, activity.Tokens);
}
