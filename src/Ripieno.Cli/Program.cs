using Ripieno.Cli;

// Patterns that users write (in the schemas of answers) meet texts that models write: none may hold a step for good. Before the first pattern is used.
AppDomain.CurrentDomain.SetData("REGEX_DEFAULT_MATCH_TIMEOUT", TimeSpan.FromSeconds(2));

using var interruption = Interruption.OfProcess();
return await CommandLine.RunAsync(args, new Invocation
{
    Terminal = Terminal.OfProcess(Environment.GetEnvironmentVariable),
    Time = TimeProvider.System,
    Folder = Environment.CurrentDirectory,
    Variable = Environment.GetEnvironmentVariable,
    Interruption = interruption,
    OpenInput = Terminal.OpenInput,
});
