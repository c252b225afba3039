using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Ripieno.Capacity;
using Ripieno.Configuration;
using Ripieno.Diagnostics;
using Ripieno.Errors;
using Ripieno.Hosting;
using Ripieno.Models;
using Ripieno.Storage;

namespace Ripieno.Cli.Setup;

/// <summary>Looks at everything that a run needs.</summary>
internal sealed class Checkup(LoadedConfiguration configuration, IReadOnlyDictionary<string, IModelProvider> providers, TimeProvider time)
{
    private const long LittleDisk = 2 * Machine.Gigabyte;
    private const long NoDisk = Machine.Gigabyte / 5;

    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellation)
    {
        var probes = Task.WhenAll(configuration.Endpoints.Select(endpoint => ProbeAsync(endpoint, cancellation)));
        var machine = await MachineProbe.ReadAsync(configuration.Redis is null ? configuration.StoreLocation : configuration.ProjectFolder, time, cancellation);
        return
        [
            Config(),
            .. ConfigurationFindings.Of(configuration).Select(text => new Finding(FindingLevel.Warning, "config", text)),
            await StoreAsync(cancellation),
            Disk(machine, configuration.Redis is null ? "where the store lies" : "where files and logs are written"),
            .. Endpoints(await probes),
            .. Hardware(machine),
        ];
    }

    private Finding Config() => new(
        FindingLevel.Ok, "config",
        configuration.File is { } file ? $"{file}, project folder {configuration.ProjectFolder}" : $"built-in defaults, project folder {configuration.ProjectFolder}",
        configuration.File is null ? "To write a config that suits this machine: ripieno init" : null);

    private async Task<Finding> StoreAsync(CancellationToken cancellation)
    {
        var isFile = configuration.Redis is null;
        try
        {
            await using var store = await Stores.OpenAsync(configuration, mustExist: true, time, NullLogger.Instance, cancellation);

            // A write that changes nothing.
            await store.EndInstanceAsync(Guid.NewGuid(), InstanceEnd.Stopped, cancellation);
            var description = store.Description;
            return new(FindingLevel.Ok, "store", $"{description.Location}, {description.Engine}{(isFile ? "" : $". {description.Durability}")}");
        }
        catch (NotFoundException)
        {
            return WillBeMade(isFile);
        }
        catch (Exception exception) when (exception is RipienoException or IOException or UnauthorizedAccessException)
        {
            return new(FindingLevel.Error, "store", exception.Message, isFile
                ? "Mend it, or name another store with --store sqlite:PATH."
                : "Start or mend it, or name another store with --store redis:HOST:PORT.");
        }
    }

    private Finding WillBeMade(bool isFile)
    {
        try
        {
            if (isFile)
                Folders.EnsureWritable(Path.GetDirectoryName(configuration.StoreLocation)!);
            return new(FindingLevel.Ok, "store", $"{configuration.StoreLocation} will be made by the first run");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new(FindingLevel.Error, "store", exception.Message, "Mend it, or name another store with --store sqlite:PATH.");
        }
    }

    private static Finding Disk(Machine machine, string where) => machine.FreeDisk switch
    {
        null => new(FindingLevel.Ok, "disk", "free space unknown"),
        < NoDisk => new(FindingLevel.Error, "disk", $"{Machine.Size(machine.FreeDisk.Value)} free {where}", "Free some space: a full disk stops every run."),
        < LittleDisk => new(FindingLevel.Warning, "disk", $"{Machine.Size(machine.FreeDisk.Value)} free {where}", "Free some space soon."),
        _ => new(FindingLevel.Ok, "disk", $"{Machine.Size(machine.FreeDisk.Value)} free {where}"),
    };

    private async Task<EndpointReport> ProbeAsync(Endpoint endpoint, CancellationToken cancellation)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var provider = providers[endpoint.Provider];
        using var timer = new CancellationTokenSource(provider.Patience, time);
        await using var link = timer.Token.Register(bound.Cancel);
        try
        {
            return await provider.ProbeAsync(endpoint, bound.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(endpoint, Reachable: false, null, [], $"no answer from {endpoint.Url} within {provider.Patience.TotalSeconds:0} s");
        }
    }

    private IEnumerable<Finding> Endpoints(EndpointReport[] reports)
    {
        foreach (var report in reports)
        {
            var subject = $"endpoint {report.Endpoint.Name}";
            if (report.Endpoint.Provider == ProviderKind.Simulated)
                yield return new(FindingLevel.Warning, subject, "simulated answers: no model is called", "Name a real provider in the config, or with --provider, when you want real work.");
            else if (!report.Reachable)
                yield return new(FindingLevel.Error, subject, report.Failure ?? $"no answer from {report.Endpoint.Url}", NextStepFor(report.Endpoint));
            else
                yield return new(FindingLevel.Ok, subject, $"{report.Endpoint.Url}{(report.Version is { } version ? $", version {version}" : "")}, {(report.ListsModels ? $"{report.Models.Count} models" : "does not tell its models")}");
        }

        var used = configuration.Options.Agents.Where(agent => agent.CallsModel).Select(agent => (Provider: agent.Provider ?? configuration.Options.Runtime.DefaultProvider, Model: agent.DefaultModel, Who: agent.Id))
            .Concat(configuration.Options.Runtime.Fallbacks.Select(fallback => (fallback.Provider, fallback.Model, Who: "fallback")));
        foreach (var group in used.GroupBy(one => (one.Provider, one.Model)))
        {
            var (provider, model) = group.Key;
            var reachable = reports.Where(report => report.Endpoint.Provider == provider && report.Reachable).ToList();
            if (reachable.Count > 0)
                yield return Model(provider, model, reachable, string.Join(", ", group.Select(one => one.Who)));
        }
    }

    private static Finding Model(string provider, string model, List<EndpointReport> reachable, string agents)
    {
        if (!reachable.Exists(report => report.ListsModels))
            return new(FindingLevel.Ok, $"model {model}", $"{provider} tells only when it is called, for {agents}");
        var having = reachable.Where(report => report.Has(model)).Select(report => report.Endpoint.Name).ToList();
        var subject = $"model {model}";
        if (having.Count == reachable.Count)
            return new(FindingLevel.Ok, subject, $"installed, for {agents}");
        var pull = provider == ProviderKind.Ollama ? $"ollama pull {model}" : "Name a model that the server has, with --model or in the config.";
        if (having.Count > 0)
            return new(FindingLevel.Warning, subject, $"only on {string.Join(", ", having)}, for {agents}", $"On the others: {pull}");
        var installed = reachable.SelectMany(report => report.Models).Select(entry => entry.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(8).ToList();
        return new(FindingLevel.Error, subject, $"not installed, but needed by {agents}; installed: {(installed.Count == 0 ? "none" : string.Join(", ", installed))}", pull);
    }

    private static string NextStepFor(Endpoint endpoint) => endpoint.Provider switch
    {
        ProviderKind.Ollama => "Start it with 'ollama serve' (https://ollama.com/download), set OLLAMA_HOST, or try without a model: --provider simulated.",
        ProviderKind.AzureOpenAI or ProviderKind.GitHubModels => $"Check runtime.{endpoint.Provider}, its variables, and this machine's network.",
        _ => "Start the server, or correct its address in the config.",
    };

    private IEnumerable<Finding> Hardware(Machine machine)
    {
        // The table is about the machine that serves the models, and only this one can be looked at.
        var local = configuration.Endpoints.Any(endpoint => endpoint.Provider != ProviderKind.Simulated && endpoint.Url.IsLoopback);
        ImmutableArray<string> findings = local ? [.. HardwareFit.Findings(machine, configuration.Slots)] : [];
        if (findings.IsEmpty)
            yield return new(FindingLevel.Ok, "machine", $"{machine}; concurrency {configuration.Slots}");
        foreach (var text in findings)
            yield return new(FindingLevel.Warning, "machine", text);
    }
}
