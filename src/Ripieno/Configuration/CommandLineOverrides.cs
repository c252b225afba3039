namespace Ripieno.Configuration;

/// <summary>Options of the command line that override the config; null = not given.</summary>
/// <param name="Provider"><c>--provider</c>: every agent uses it.</param>
/// <param name="Model"><c>--model</c>: every agent uses it.</param>
/// <param name="Context"><c>--context</c>: tokens, for every model in use.</param>
/// <param name="Temperature"><c>--temperature</c>, for every model in use.</param>
/// <param name="Concurrency"><c>--concurrency</c>: slots of the instance and calls at once to each provider in use.</param>
/// <param name="Queues"><c>--queues</c>: which a worker serves.</param>
/// <param name="Runs"><c>--runs</c>: of which a worker takes steps.</param>
/// <param name="Store"><c>--store</c>: <c>sqlite:PATH</c> or a path, relative to the current folder; or what <see cref="RedisAddress"/> reads.</param>
internal sealed record CommandLineOverrides(
    string? Provider = null, string? Model = null, int? Context = null, double? Temperature = null, int? Concurrency = null, IReadOnlyList<string>? Queues = null,
    IReadOnlyList<string>? Runs = null, string? Store = null)
{
    public static CommandLineOverrides None { get; } = new();
}
