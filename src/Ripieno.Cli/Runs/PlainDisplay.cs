using Ripieno.Cli.Display;
using Ripieno.Storage;
using Ripieno.Workflows;
using Ripieno.Workflows.Composing;

namespace Ripieno.Cli.Runs;

/// <summary>Writes a line of text for each event; when much happens at once, a line that says how much.</summary>
internal sealed class PlainDisplay(Invocation invocation) : EventDisplay(invocation)
{
    // Ten lines a second can still be read in passing; a log that gets thousands helps no one.
    private const int Burst = 10;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, long> _waits = new(StringComparer.Ordinal);
    private long _windowBegan;
    private int _inWindow;
    private int _left;

    protected override async Task TellAsync(RunSubject subject, RunEvent happened, CancellationToken cancellation)
    {
        if (happened.Kind == RunEventKind.StepParked && SaidLately(happened.Detail ?? ""))
            return;
        var tasks = 0;
        if (happened.Kind == RunEventKind.StepExpanded && happened.StepKey == StandardWorkflow.PlanKey)
            tasks = (await subject.TasksAsync(await subject.OverviewAsync(cancellation), cancellation)).Count;
        var text = happened is { Kind: RunEventKind.StepSucceeded, StepKey: { } step } && await subject.IsLeftOutAsync(step, cancellation)
            ? $"{SafeText.Of(step, longest: 120)} left out: its condition does not hold, or nothing that it waits for was done"
            : happened is { Kind: RunEventKind.StepExpanded, StepKey: { } gate } && await subject.IsApprovalAsync(gate, cancellation)
            ? $"{SafeText.Of(gate, longest: 120)} waits for approval: {Invocation.FollowUp.Command($"approve {subject.RunId} {SafeText.Of(gate, longest: 120)}")}"
            : happened is { Kind: RunEventKind.StepParked } && happened.StepKey?.EndsWith("/" + WorkflowComposer.ApprovalTimer, StringComparison.Ordinal) == true ? null
            : subject.Banner.Own is null ? EventText.Of(happened, tasks) : EventText.OfOwn(happened);
        if (text is not null)
            Say(happened.At, text);
    }

    protected override void TellTrouble(string news) => Say(Invocation.Time.GetUtcNow(), news);

    protected override Task IdleAsync(CancellationToken cancellation)
    {
        SayWhatWasLeft();
        return Task.CompletedTask;
    }

    protected override Task EndAsync(RunSubject subject, RunOverview overview, CancellationToken cancellation)
    {
        _windowBegan = 0;
        SayWhatWasLeft();
        return Task.CompletedTask;
    }

    private void Say(DateTimeOffset at, string text)
    {
        if (_windowBegan == 0 || Invocation.Time.GetElapsedTime(_windowBegan) >= Window)
        {
            SayWhatWasLeft();
            _windowBegan = Invocation.Time.GetTimestamp();
            _inWindow = 0;
        }

        if (++_inWindow <= Burst)
            Invocation.Terminal.Out.WriteLine($"{TimeText.Clock(at, Invocation.Time.LocalTimeZone)}  {text}");
        else
            _left++;
    }

    private void SayWhatWasLeft()
    {
        if (_left == 0 || (_windowBegan != 0 && Invocation.Time.GetElapsedTime(_windowBegan) < Window))
            return;
        Invocation.Terminal.Out.WriteLine($"{TimeText.Clock(Invocation.Time.GetUtcNow(), Invocation.Time.LocalTimeZone)}  … and {TimeText.Count(_left, "more event")}");
        _left = 0;
    }

    // Steps wait again and again while an endpoint is away.
    private bool SaidLately(string reason)
    {
        if (_waits.TryGetValue(reason, out var at) && Invocation.Time.GetElapsedTime(at) < TimeSpan.FromSeconds(10))
            return true;
        if (_waits.Count > 100)
            _waits.Clear();
        _waits[reason] = Invocation.Time.GetTimestamp();
        return false;
    }
}
