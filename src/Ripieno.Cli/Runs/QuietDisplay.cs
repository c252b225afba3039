using Ripieno.Storage;

namespace Ripieno.Cli.Runs;

/// <summary>Shows nothing.</summary>
internal sealed class QuietDisplay(Invocation invocation) : RunDisplay(invocation)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    protected override async Task<RunOverview> FollowAsync(RunSubject subject, CancellationToken cancellation)
    {
        while (true)
        {
            var overview = await TryOverviewAsync(subject, cancellation);
            if (IsOver(overview))
                return overview!;
            await Task.Delay(Pace, Invocation.Time, cancellation);
            if (overview is not null)
                await subject.Export(cancellation);
        }
    }
}
