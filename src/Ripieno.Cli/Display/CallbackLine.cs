using Ripieno.Callbacks;
using Ripieno.Cli.Grammar;

namespace Ripieno.Cli.Display;

/// <summary>How a callback of a run stands, in one line.</summary>
internal static class CallbackLine
{
    public static StyledLine Of(CallbackState state, FollowUp followUp, DateTimeOffset now)
    {
        var detail = state.Detail is { } text ? SafeText.Of(text, longest: 300) : null;
        var (what, style) = state.Status switch
        {
            CallbackStatus.Waiting => ("waits for the end of the run", Look.Quiet),
            CallbackStatus.Delivering when state.At is { } next => ($"try {state.Tries} failed: {detail}; the next {(next > now ? $"in {TimeText.Of(next - now)}" : "now")}", Look.Warn),
            CallbackStatus.Delivering => (detail is null ? "is being delivered" : $"waits {detail}", Look.Busy),
            CallbackStatus.Delivered => ($"delivered {(state.At is { } at ? $"{TimeText.Of(now - at)} ago" : "")}, {detail}", Look.Good),
            CallbackStatus.Failed => ($"failed: {detail}. Try again: {followUp.Command($"retry {state.Run}")}", Look.Bad),
            CallbackStatus.Dropped => ("not needed: the run was not reopened", Look.Quiet),
            _ => ("cancelled", Look.Warn),
        };
        return new StyledLine().Add($" Callback {SafeText.Of(state.Callback, longest: 120)}: ", Look.Quiet).Add(what, style);
    }
}
