namespace Ripieno.Benchmarks.Processes;

/// <summary>What this program can be besides the benchmark: started by itself with <c>--role</c>, steered by lines on its standard input.</summary>
internal static class Roles
{
    public const string Option = "--role";

    /// <summary>First line that a role writes.</summary>
    public const string Ready = "ready";

    public static Task RunAsync(string role, string[] arguments) => role switch
    {
        InstanceRole.Name => InstanceRole.RunAsync(arguments),
        SimulatorRole.Name => SimulatorRole.RunAsync(arguments),
        _ => throw new ArgumentException($"There is no role '{role}'.", nameof(role)),
    };

    /// <summary>Says that it is ready, then answers line by line until there are no more.</summary>
    public static async Task ServeAsync(Func<string, string> answer)
    {
        await Console.Out.WriteLineAsync(Ready);
        while (await Console.In.ReadLineAsync() is { } line)
            await Console.Out.WriteLineAsync(answer(line));
    }
}
