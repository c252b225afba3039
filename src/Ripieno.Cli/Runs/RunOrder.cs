using System.Collections.Immutable;
using Ripieno.Backlogs;
using Ripieno.Callbacks;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Configuration;
using Ripieno.Coordination;
using Ripieno.Errors;
using Ripieno.Providers;
using Ripieno.Workflows;

namespace Ripieno.Cli.Runs;

/// <summary>A run as the command line asks for it: read and checked, nothing stored yet.</summary>
/// <param name="Configuration">Effective configuration.</param>
/// <param name="Request">What the coordinator is asked for.</param>
/// <param name="Banner">What it works with.</param>
internal sealed record RunOrder(LoadedConfiguration Configuration, RunRequest Request, RunBanner Banner)
{
    public static RunOrder Read(Invocation invocation, CommonSettings common, RunSettings settings, int? concurrency)
    {
        var configuration = Composition.Load(invocation, common, settings.Overrides with { Concurrency = concurrency });
        if (settings.Seed is { } seed)
            configuration = WithSeed(configuration, seed);
        var isStandard = settings.Workflow == StandardWorkflow.Name;
        CheckArguments(settings, isStandard);
        var snapshot = RunSnapshots.Take(configuration.Options, configuration.ProjectFolder, settings.Workflow);
        if (settings.Callbacks is { } asked)
            snapshot = snapshot with { Callbacks = CallbackOrders.Resolve(configuration.Options.Callbacks, [.. CallbacksOf(configuration.Options, settings.Workflow), .. asked], "--callback") };
        var input = settings.Input is { } given ? RunInput.ReadArgument(given, invocation.Folder, invocation.OpenInput) : null;
        if (!isStandard && input is null && snapshot.Workflow.MentionsInput)
            throw Wrong("--input", "nothing", "what the workflow works on", $"Workflow '{settings.Workflow}' mentions {{{{input}}}}: give it --input FILE, or --input \"a sentence\".");
        var request = new RunRequest
        {
            Backlog = isStandard ? BacklogReader.ReadArgument(settings.Backlog!, invocation.Folder, invocation.OpenInput) : null,
            Input = input?.Json ?? default,
            Title = input?.Title is { Length: > 0 } title ? $"{settings.Workflow}: {title}" : null,
            Snapshot = snapshot,
            Id = settings.Id,
            Tenant = settings.Tenant,
            Priority = settings.Priority ?? snapshot.Workflow.Priority,
            TenantWeight = (configuration.Options.Tenants.GetValueOrDefault(settings.Tenant) ?? new()).Weight,
            MaxDeathsAlone = configuration.Options.Runtime.MaxDeathsAlone,
        };
        return new(configuration, request, RunBanner.Of(snapshot));
    }

    private static ImmutableArray<string> CallbacksOf(RipienoOptions options, string workflow) =>
        workflow == StandardWorkflow.Name ? options.Workflows.Standard.Callbacks : options.Workflows.Own[workflow].Callbacks;

    private static void CheckArguments(RunSettings settings, bool isStandard)
    {
        if (isStandard && settings.Input is not null)
            throw Wrong("--input", "an input without --workflow", "both or none", "The standard workflow works off a BACKLOG.");
        if (isStandard && settings.Backlog is null)
            throw Wrong("BACKLOG", "nothing", "a file, a sentence in quotes, or - for standard input", "Or name a workflow of your own: --workflow NAME.");
        if (!isStandard && settings.Backlog is not null)
            throw Wrong("BACKLOG", $"a backlog together with --workflow {settings.Workflow}", "one of them", "What the workflow works on is given with --input.");
    }

    private static InvalidInputException Wrong(string place, string found, string expected, string nextStep) => new(new Problem(null, null, place, found, expected, nextStep));

    /// <summary>Says where everything lies, so that a run in the wrong folder is noticed at once.</summary>
    public void SayProject(Invocation invocation, CommonSettings common)
    {
        if (!common.IsSilent)
        {
            invocation.Terminal.Error.WriteLine(
                $"Project {Configuration.ProjectFolder} ({(Configuration.File is { } file ? $"config {file}" : "no config file, built-in defaults")})");
        }
    }

    public Task<Composition> OpenAsync(Invocation invocation, CancellationToken cancellation) =>
        Composition.OpenAsync(invocation, Configuration, mustExist: false, cancellation);

    /// <summary>
    /// Whether a run with this id is stored: one that was accepted is not held up by an endpoint that has gone since. Makes no store as a side
    /// effect, for a run that cannot begin is to leave nothing behind.
    /// </summary>
    private async Task<bool> IsAcceptedAlreadyAsync(Invocation invocation, CancellationToken cancellation)
    {
        if (Request.Id is not { } id)
            return false;
        try
        {
            await using var composition = await Composition.OpenAsync(invocation, Configuration, mustExist: true, cancellation);
            return await composition.Store.FindRunAsync(id, cancellation) is not null;
        }
        catch (NotFoundException)
        {
            return false;
        }
    }

    /// <summary>
    /// Looks whether the run could begin, unless it was accepted before, and says what is missing. Nothing is stored.
    /// </summary>
    /// <returns>False when something is missing.</returns>
    public async Task<bool> MayBeginAsync(Invocation invocation, CancellationToken cancellation)
    {
        if (await IsAcceptedAlreadyAsync(invocation, cancellation))
            return true;
        var missing = await MissingAsync(invocation, cancellation);
        foreach (var sentence in missing)
            await invocation.Terminal.Error.WriteLineAsync($"ripieno: {SafeText.Of(sentence, longest: 2000)}");
        return missing.Count == 0;
    }

    /// <summary>Sentences about endpoints and models without which the run could not begin; empty = all is there.</summary>
    private async Task<IReadOnlyList<string>> MissingAsync(Invocation invocation, CancellationToken cancellation)
    {
        using var providers = ModelProviders.Create(Configuration.Options, invocation.Time);
        return await Preflight.CheckAsync(Request.Snapshot, Configuration.Endpoints, providers.ByKind, invocation.Time, cancellation);
    }

    private static LoadedConfiguration WithSeed(LoadedConfiguration configuration, int seed)
    {
        var runtime = configuration.Options.Runtime;
        var simulated = EffectiveEndpoints.Provider(configuration.Options, ProviderKind.Simulated) with { Seed = seed };
        return configuration with
        {
            Options = configuration.Options with { Runtime = runtime with { Providers = runtime.Providers.SetItem(ProviderKind.Simulated, simulated) } },
        };
    }
}
