using Ripieno.Cli.Display;
using Ripieno.Storage;
using Spectre.Console;

namespace Ripieno.Cli.Runs;

/// <summary>Draws the run in place, five times a second, and wipes the drawing at the end.</summary>
internal sealed class LiveDisplay(Invocation invocation) : RunDisplay(invocation)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    // Lines of the view that are always there, and one for the shell's own.
    private const int FixedLines = 10;

    protected override Task<RunOverview> FollowAsync(RunSubject subject, CancellationToken cancellation)
    {
        var live = new Spectre.Console.LiveDisplay(Invocation.Terminal.Console, new StyledLine())
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
            var overview = await TryOverviewAsync(subject, cancellation);
            if (IsOver(overview))
                return overview!;
            model = overview is null ? Held(model, subject) : await ModelAsync(model, overview, subject, cancellation);

            if (model is not null)
                context.UpdateTarget(ProgressView.Of(model));
            context.Refresh();
            if (overview is not null)
                await subject.Export(cancellation);
            await Task.Delay(Pace, Invocation.Time, cancellation);
        }
    }

    private ProgressModel? Held(ProgressModel? model, RunSubject subject) => model is null ? null : model with
    {
        Slots = Slots(subject),
        Trouble = Trouble(subject),
        Now = Invocation.Time.GetUtcNow(),
    };

    private static IReadOnlyList<SlotLine> Slots(RunSubject subject) => [.. (subject.Worker?.Slots ?? []).Select(SlotLine.Of)];

    private async Task<ProgressModel?> ModelAsync(ProgressModel? before, RunOverview overview, RunSubject subject, CancellationToken cancellation)
    {
        IReadOnlyList<TaskRow> tasks;
        try
        {
            tasks = await subject.TasksAsync(overview, cancellation);
        }
        catch (Exception exception) when (IsAway(exception))
        {
            return Held(before, subject);
        }

        var now = Invocation.Time.GetUtcNow();
        return new()
        {
            Overview = overview,
            Banner = subject.Banner,
            Tasks = tasks,
            Slots = Slots(subject),
            Instance = subject.Instance,
            Trouble = Trouble(subject),
            Began = before?.Began ?? now,
            DoneWhenBegun = before?.DoneWhenBegun ?? PhaseProgress.Of(overview.Counts, subject.Banner).Sum(phase => phase.Done),
            FollowUp = Invocation.FollowUp,
            Now = now,
            Room = Math.Max(3, Invocation.Terminal.Console.Profile.Height - FixedLines),
        };
    }
}
