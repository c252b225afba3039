using System.Collections.Immutable;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration;

/// <summary>Puts providers and models in place of the aliases that stand for them, so that nothing else needs to know of aliases.</summary>
internal static class ModelAliases
{
    public const string Section = "models.aliases";

    /// <param name="options">Bound options.</param>
    /// <param name="origins">For the lines of problems.</param>
    /// <param name="provider">What <c>--provider</c> says: it goes before an alias's provider.</param>
    /// <param name="problems">Names that stand for nothing are added.</param>
    public static RipienoOptions Resolve(RipienoOptions options, ConfigurationOrigins origins, string? provider, List<Problem> problems) => options with
    {
        Agents = [.. options.Agents.Select(agent => Resolve(agent, options.Aliases, origins, provider, problems))],
        Runtime = options.Runtime with
        {
            // Made-up answers never fail, and whoever asks for them means no others.
            Fallbacks = provider == ProviderKind.Simulated
                ? []
                : [.. options.Runtime.Fallbacks.Select((fallback, index) => Resolve(fallback, index, options.Aliases, origins, problems)).OfType<ModelReference>()],
        },
    };

    private static AgentOptions Resolve(
        AgentOptions agent, ImmutableDictionary<string, ModelReference> aliases, ConfigurationOrigins origins, string? provider, List<Problem> problems)
    {
        if (!agent.CallsModel || !aliases.TryGetValue(agent.DefaultModel, out var meant))
            return agent;
        var place = $"agents[{agent.Id}].defaultModel";
        var origin = origins.Near(place);
        if (provider is null && agent.Provider is { } own && own != meant.Provider)
        {
            problems.Add(origins.Near($"agents[{agent.Id}].provider").Problem(
                $"agents[{agent.Id}].provider", $"\"{own}\" together with \"{agent.DefaultModel}\", an alias for a model of {meant.Provider}", "one of them", "Leave \"provider\" out: the alias names it."));
        }
        else if (provider is not null && provider != meant.Provider && provider != ProviderKind.Simulated && origin.Kind == OriginKind.CommandLine
            && problems.TrueForAll(known => known.Place != "--model"))
        {
            problems.Add(origin.Problem("--model", $"\"{agent.DefaultModel}\", an alias for a model of {meant.Provider}, together with --provider {provider}", "one of them"));
        }

        return agent with { Provider = provider ?? meant.Provider, DefaultModel = meant.Model };
    }

    private static ModelReference? Resolve(
        ModelReference fallback, int index, ImmutableDictionary<string, ModelReference> aliases, ConfigurationOrigins origins, List<Problem> problems)
    {
        if (fallback.Alias is not { } alias)
            return fallback;
        if (aliases.TryGetValue(alias, out var meant))
            return meant;
        var place = $"runtime.fallbackProviders[{index}]";
        var known = aliases.Keys.Order(StringComparer.Ordinal).ToList();
        var near = NearestName.Of(alias, [.. known, .. ProviderKind.Usable]);
        problems.Add(origins.Near(place).Problem(
            place, $"\"{alias}\", which is no alias", known.Count == 0 ? $"a provider with its model, or an alias of {Section}" : $"a provider with its model, or one of the aliases {string.Join(", ", known)}",
            near is null ? FallbackText("PROVIDER") : ProviderKind.Usable.Contains(near, StringComparer.Ordinal) ? FallbackText(near) : $"Did you mean \"{near}\"?"));
        return null;
    }

    /// <summary>What to write for a fallback.</summary>
    public static string FallbackText(string provider) => $"Write {{ \"provider\": \"{provider}\", \"model\": \"MODEL\" }}.";
}
