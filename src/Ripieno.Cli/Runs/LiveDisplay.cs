using Ripieno.Cli.Display;
using Ripieno.Storage;
using Spectre.Console;

namespace Ripieno.Cli.Runs;

/// <summary>Draws the run in place, five times a second, and wipes the drawing at the end.</summary>
internal sealed class LiveDisplay(Invocation invocation) : RunDisplay
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    // Lines of the view that are always there, and one for the shell's own.
    private const int FixedLines = 10;

    protected override Task<RunOverview> FollowAsync(RunSubject subject, CancellationToken cancellation)
    {
        var live = new Spectre.Console.LiveDisplay(invocation.Terminal.Console, new StyledLine())
        {
            AutoClear = true,
            Overflow = VerticalOverflow.Crop,
            Cropping = VerticalOverflowCropping.Bottom,
        };
        return live.StartAsync(context => DrawAsync(context, subject, cancellation));
    }

    private async Task<RunOverview> DrawAsync(LiveDisplayContext context, RunSubject subject, CancellationToken cancellation)
    {
        ProgressModel? model = null;
        while (true)
        {
            if (await TryOverviewAsync(subject, cancellation) is not { } overview)
                model = model is null ? null : model with { Trouble = "The store is away; trying again.", Now = invocation.Time.GetUtcNow() };
            else if (IsOver(overview))
                return overview;
            else
                model = await ModelAsync(model, overview, subject, cancellation);

            if (model is not null)
                context.UpdateTarget(ProgressView.Of(model));
            context.Refresh();
            await subject.Export(cancellation);
            await Task.Delay(Pace, invocation.Time, cancellation);
        }
    }

    private async Task<ProgressModel> ModelAsync(ProgressModel? before, RunOverview overview, RunSubject subject, CancellationToken cancellation)
    {
        var now = invocation.Time.GetUtcNow();
        return new()
        {
            Overview = overview,
            Banner = subject.Banner,
            Tasks = await subject.TasksAsync(overview, cancellation),
            Slots = [.. (subject.Worker?.Slots ?? []).Select(SlotLine.Of)],
            Instance = subject.Instance,
            Trouble = subject.Worker?.Trouble,
            Began = before?.Began ?? now,
            DoneWhenBegun = before?.DoneWhenBegun ?? PhaseProgress.Of(overview.Counts).Sum(phase => phase.Done),
            Now = now,
            Room = Math.Max(3, invocation.Terminal.Console.Profile.Height - FixedLines),
        };
    }
}
