using Ripieno.Configuration;
using Ripieno.Models;
using Ripieno.Workflows;

namespace Ripieno.Coordination;

/// <summary>The look at endpoints and models before a run is accepted, so that nothing is stored that could not even begin.</summary>
internal static class Preflight
{
    /// <summary>Within this time a healthy endpoint on the same network has answered; more would be felt as a hang.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(800);

    /// <summary>
    /// Sentences that say what is missing and what to do ("installed: …; run `ollama pull llama3.2`, or use `--model qwen2.5`"); empty = go on.
    /// A provider passes when one of its endpoints is reachable and has the model.
    /// </summary>
    public static async Task<IReadOnlyList<string>> CheckAsync(
        RunSnapshot snapshot,
        IReadOnlyList<Endpoint> endpoints,
        IReadOnlyDictionary<string, IModelProvider> providers,
        TimeProvider time,
        CancellationToken cancellation)
    {
        var models = snapshot.Agents.Select(agent => agent.Model).Where(model => model.Provider != ProviderKind.Code).DistinctBy(model => (model.Provider, model.Model)).ToList();
        var needed = models.Select(model => model.Provider).ToHashSet(StringComparer.Ordinal);
        var reports = await Task.WhenAll(endpoints
            .Where(endpoint => needed.Contains(endpoint.Provider) && providers.ContainsKey(endpoint.Provider))
            .Select(endpoint => ProbeAsync(providers[endpoint.Provider], endpoint, time, cancellation)));
        return [.. models.Select(model => Check(model, [.. reports.Where(report => report.Endpoint.Provider == model.Provider)])).OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Looks at one endpoint, for at most <see cref="Patience"/>.</summary>
    public static async Task<EndpointReport> ProbeAsync(IModelProvider provider, Endpoint endpoint, TimeProvider time, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            return await provider.ProbeAsync(endpoint, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(endpoint, false, null, [], $"it did not answer within {Durations.Text(Patience)}");
        }
    }

    private static string? Check(ModelChoice model, IReadOnlyList<EndpointReport> reports)
    {
        if (reports.Count == 0)
            return $"provider '{model.Provider}' has no endpoint. Configure runtime.{model.Provider}, or use --provider simulated to try without a model.";
        if (reports.Any(report => report.Reachable && report.Has(model.Model)))
            return null;
        if (reports.FirstOrDefault(report => report.Reachable) is not { } reachable)
        {
            var failures = string.Join("; ", reports.Select(report => $"{report.Endpoint.Url}: {report.Failure}"));
            return $"{model.Provider} cannot be reached ({failures}). {Remedy(model.Provider)}";
        }

        var installed = reachable.Models.Select(found => found.Name).ToList();
        var list = installed.Count == 0 ? "no model is installed" : $"installed: {string.Join(", ", installed.Take(10))}{(installed.Count > 10 ? ", …" : "")}";
        var other = installed.Count == 0 ? "" : $", or use `--model {installed[0]}`";
        var pull = model.Provider == "ollama" ? $"run `ollama pull {model.Model}`" : "choose one that the server has";
        return $"{model.Provider} at {reachable.Endpoint.Url} does not have the model '{model.Model}' ({list}); {pull}{other}.";
    }

    private static string Remedy(string provider) => provider == "ollama"
        ? "Start it with `ollama serve`, set OLLAMA_HOST or runtime.ollama.host, or use --provider simulated to try without a model."
        : $"Check runtime.{provider}, or use --provider simulated to try without a model.";
}
