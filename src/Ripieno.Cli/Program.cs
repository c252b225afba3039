using Ripieno.Cli;

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
