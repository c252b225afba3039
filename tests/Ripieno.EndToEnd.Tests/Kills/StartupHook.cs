#pragma warning disable CA1050, MA0047, S3903 // The runtime looks for a type of exactly this name, outside any namespace.
using System.Diagnostics;
using Ripieno.EndToEnd.Tests.Kills;

/// <summary>
/// Loaded by the runtime into the ripieno process (<c>DOTNET_STARTUP_HOOKS</c>), so that a test can see from outside what the process was doing when it
/// was killed, without test code in what ships. It listens to the spans that the product emits anyway.
/// </summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(PhaseCounters.Variable) is not { } file)
            return;
        var phases = PhaseCounters.Open(file);
        var signal = SelfInflicted.Read(phases);
        ActivitySource.AddActivityListener(new()
        {
            ShouldListenTo = source => source.Name == "Ripieno",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = activity =>
            {
                phases.Add(activity.OperationName, 1);
                signal?.Started(activity);
            },
            ActivityStopped = activity =>
            {
                signal?.Stopped(activity);
                phases.Add(activity.OperationName, -1);
            },
        });
    }
}
