using Ripieno.Storage;

namespace Ripieno.Cli.Runs;

/// <summary>Shows nothing.</summary>
internal sealed class QuietDisplay(Invocation invocation) : RunDisplay
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    protected override async Task<RunOverview> FollowAsync(RunSubject subject, CancellationToken cancellation)
    {
        while (true)
        {
            if (await TryOverviewAsync(subject, cancellation) is { } overview && IsOver(overview))
                return overview;
            await Task.Delay(Pace, invocation.Time, cancellation);
            await subject.Export(cancellation);
        }
    }
}
