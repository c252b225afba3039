using Ripieno.Backlogs;
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
        var backlog = isStandard ? BacklogReader.ReadArgument(settings.Backlog!, invocation.Folder, invocation.OpenInput) : null;
        var input = settings.Input is { } given ? RunInput.ReadArgument(given, invocation.Folder, invocation.OpenInput) : null;
        var request = RunRequests.Of(configuration, settings.Workflow, backlog, input, settings.Tenant, settings.Callbacks, ("--input", "--callback"));
        request = request with { Id = settings.Id, Priority = settings.Priority ?? request.Priority, Queue = settings.Queue, Spread = settings.Spread };
        return new(configuration, request, RunBanner.Of(request.Snapshot));
    }

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

    /// <summary>For commands that execute the run themselves.</summary>
    /// <exception cref="InvalidInputException">Some of its agents are code, which no command has: the run would wait for ever.</exception>
    public void RefuseCode()
    {
        if (Request.Snapshot.Agents.FirstOrDefault(agent => agent.Code) is { } code)
            throw Wrong($"agents[{code.Id}]", "an agent that is code of a program", "agents that call models", "Submit the run, and have a worker of that program execute it: ripieno submit …");
    }

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
        var seen = await LookAsync(invocation, cancellation);
        foreach (var sentence in seen.Missing)
            await invocation.Terminal.Error.WriteLineAsync($"ripieno: {SafeText.Of(sentence, longest: 2000)}");
        foreach (var sentence in seen.Missing.Count == 0 ? [.. ProviderFindings.AtStart(Configuration), .. seen.Notes] : ProviderFindings.AtStart(Configuration))
            await invocation.Terminal.Error.WriteLineAsync($"ripieno: warning: {SafeText.Of(sentence, longest: 2000)}");
        return seen.Missing.Count == 0;
    }

    private async Task<PreflightReport> LookAsync(Invocation invocation, CancellationToken cancellation)
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
