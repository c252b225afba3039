using Ripieno.Cli.Display;
using Ripieno.Runs;
using Ripieno.Storage;
using Spectre.Console.Rendering;
using Spectre.Console.Testing;

namespace Ripieno.Tests.Cli;

/// <summary>Runs, steps and a terminal to show them on.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Now = new(2026, 11, 23, 9, 30, 0, TimeSpan.Zero);

    public static readonly RunBanner Banner = new("llama3.2 on ollama", Simulated: false);

    public static RunRecord Run(RunStatus status = RunStatus.Running, string title = "Small shop") => new()
    {
        Id = "nightly-42",
        Title = title,
        Workflow = "standard",
        Tenant = "default",
        Priority = 0,
        Status = status,
        CancelRequested = false,
        Steps = 10,
        OpenSteps = status == RunStatus.Running ? 4 : 0,
        FailedSteps = 0,
        Usage = new(1000, 234),
        CreatedAt = Now.AddSeconds(-75),
        StartedAt = Now.AddSeconds(-72),
        FinishedAt = status == RunStatus.Running ? null : Now,
        SnapshotHash = default,
        InputHash = null,
    };

    public static StepRecord Step(int index, string key, string definition, StepStatus status, string? reason = null, int? accepted = null, string? instance = null) => new()
    {
        Index = index,
        Key = key,
        Definition = definition,
        Class = new("default", definition),
        Parent = null,
        Status = status,
        Generation = 1,
        FailedAttempts = 0,
        Epoch = status is StepStatus.Blocked or StepStatus.Ready or StepStatus.Skipped ? 0 : 1,
        Deaths = 0,
        DeathsAlone = 0,
        Result = null,
        Accepted = accepted,
        Reason = reason,
        Usage = new(10, 5),
        StartedAt = Now.AddSeconds(-30),
        FinishedAt = status.IsTerminal ? Now.AddSeconds(-10) : null,
        DueAt = status == StepStatus.Waiting ? Now.AddSeconds(4) : null,
        Instance = instance,
    };

    public static ProgressModel Progress(IReadOnlyList<StepCount> counts, params StepRecord[] active) => new()
    {
        Overview = new(Run(), counts, active, 1),
        Banner = Banner,
        Began = Now.AddSeconds(-60),
        Now = Now,
    };

    public static string Draw(IRenderable view, int width = 100)
    {
        using var console = new TestConsole().Width(width).Height(40).SupportsAnsi(true);
        console.Write(view);
        return console.Output;
    }
}
