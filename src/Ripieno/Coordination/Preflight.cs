using Ripieno.Configuration;
using Ripieno.Models;
using Ripieno.Workflows;

namespace Ripieno.Coordination;

/// <summary>The look at endpoints and models before a run is accepted, so that nothing is stored that could not even begin.</summary>
internal static class Preflight
{
    /// <summary>
    /// Says what is missing and what to do ("installed: …; run `ollama pull llama3.2`, or use `--model qwen2.5`"). A provider passes when one of its endpoints is
    /// reachable and has the model; a model passes when it or one of its fallbacks does.
    /// </summary>
    public static async Task<PreflightReport> CheckAsync(
        RunSnapshot snapshot,
        IReadOnlyList<Endpoint> endpoints,
        IReadOnlyDictionary<string, IModelProvider> providers,
        TimeProvider time,
        CancellationToken cancellation)
    {
        var chains = snapshot.Agents.Where(agent => agent.Model.Provider != ProviderKind.Code).Select(agent => agent.Model.Chain.ToList()).DistinctBy(chain => chain[0].Name, StringComparer.Ordinal).ToList();
        var needed = chains.SelectMany(chain => chain).Select(model => model.Provider).ToHashSet(StringComparer.Ordinal);
        var reports = await Task.WhenAll(endpoints
            .Where(endpoint => needed.Contains(endpoint.Provider) && providers.ContainsKey(endpoint.Provider))
            .Select(endpoint => ProbeAsync(providers[endpoint.Provider], endpoint, time, cancellation)));
        var (missing, notes) = (new List<string>(), new List<string>());
        foreach (var chain in chains)
        {
            var problems = chain.Select(model => Check(model, [.. reports.Where(report => report.Endpoint.Provider == model.Provider)])).ToList();
            var able = problems.IndexOf(null);
            if (able < 0)
                missing.AddRange(problems.OfType<string>());
            else if (able > 0)
                notes.Add($"{problems[0]} Until then {chain[able].Name} answers in its place.");
        }

        return new([.. missing.Distinct(StringComparer.Ordinal)], [.. notes.Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>Looks at one endpoint, for as long as its provider's patience lasts.</summary>
    public static async Task<EndpointReport> ProbeAsync(IModelProvider provider, Endpoint endpoint, TimeProvider time, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(provider.Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            return await provider.ProbeAsync(endpoint, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(endpoint, false, null, [], $"it did not answer within {Durations.Text(provider.Patience)}");
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
        var pull = model.Provider == ProviderKind.Ollama ? $"run `ollama pull {model.Model}`" : "choose one that the server has";
        return $"{model.Provider} at {reachable.Endpoint.Url} does not have the model '{model.Model}' ({list}); {pull}{other}.";
    }

    private static string Remedy(string provider) => provider == ProviderKind.Ollama
        ? "Start it with `ollama serve`, set OLLAMA_HOST or runtime.ollama.host, or use --provider simulated to try without a model."
        : $"Check runtime.{provider}, or use --provider simulated to try without a model.";
}

/// <summary>What a look before a run has shown.</summary>
/// <param name="Missing">Sentences that say why it could not begin; empty = it can.</param>
/// <param name="Notes">Sentences about models that others will answer for.</param>
internal sealed record PreflightReport(IReadOnlyList<string> Missing, IReadOnlyList<string> Notes);
