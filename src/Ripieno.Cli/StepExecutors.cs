using Ripieno.Models;
using Ripieno.Workers;

namespace Ripieno.Cli;

/// <summary>The code behind the steps of all workflows.</summary>
internal static class StepExecutors
{
    public static IReadOnlyList<IStepExecutor> Of(ModelPath models)
    {
        _ = models;
        return [];
    }
}
