using Ripieno.Benchmarks;
using Ripieno.Benchmarks.Processes;

if (args is [Roles.Option, var role, ..])
{
    await Roles.RunAsync(role, args[2..]);
    return 0;
}

return await BenchmarkCommand.Create().Parse(args).InvokeAsync();
