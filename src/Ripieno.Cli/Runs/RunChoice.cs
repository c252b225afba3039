using System.CommandLine;
using Ripieno.Errors;
using Ripieno.Runs;

namespace Ripieno.Cli.Runs;

/// <summary>The argument RUN, and which run is meant when it is left out.</summary>
internal static class RunChoice
{
    public static Argument<string> Required() => new("RUN") { Description = "id of the run" };

    public static Argument<string?> Optional(string otherwise) => new("RUN")
    {
        Description = $"id of the run; left out: {otherwise}",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The run named, else the newest with this status.</summary>
    public static async Task<string> IdAsync(Composition composition, string? named, RunStatus? status, CancellationToken cancellation)
    {
        if (named is not null)
            return named;
        var newest = await composition.Coordinator.ListAsync(status, null, 1, cancellation);
        var kind = status is { } wanted ? $"{wanted.ToString().ToLowerInvariant()} " : "";
        return newest is [var run, ..]
            ? run.Id
            : throw new NotFoundException($"There is no {kind}run in {composition.Store.Description.Location}. 'ripieno runs' lists all.");
    }
}
