using Ripieno.Documents;
using Ripieno.Errors;
using Ripieno.Workflows.Composing;

namespace Ripieno.Configuration;

/// <summary>What the values must fulfil together, beyond what each may hold alone (<see cref="ConfigurationKeys"/>).</summary>
internal static class ConfigurationValidation
{
    private const int MostFallbacks = 8;

    /// <summary>All problems of the options. Pure: the world is asked through the two functions.</summary>
    /// <param name="options">Merged options.</param>
    /// <param name="origins">Where the values come from, for the lines in the problems.</param>
    /// <param name="environment">Looks up an environment variable.</param>
    /// <param name="fileExists">Tells whether a file relative to the project folder exists.</param>
    /// <param name="found">Problems that are known already: what they took away is not missed once more.</param>
    public static IReadOnlyList<Problem> Validate(
        RipienoOptions options, ConfigurationOrigins origins, Func<string, string?> environment, Func<string, bool> fileExists, IReadOnlyList<Problem> found) =>
    [
        .. Agents(options, origins, fileExists),
        .. Endpoints(options, origins),
        .. Providers(options, origins, environment),
        .. Fallbacks(options, origins),
        .. Lease(options.Runtime.Lease, origins),
        .. Workflows(options, origins, found),
    ];

    private static IEnumerable<Problem> Workflows(RipienoOptions options, ConfigurationOrigins origins, IReadOnlyList<Problem> found)
    {
        foreach (var (name, workflow) in options.Workflows.Own.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (found.Any(problem => problem.Place.StartsWith($"workflows.{name}", StringComparison.Ordinal)))
                continue;
            WorkflowComposer.Compose(name, workflow, options.Agents, out var problems);
            foreach (var problem in problems)
            {
                var place = problem.Place.Length == 0 ? $"workflows.{name}" : $"workflows.{name}.{problem.Place}";
                yield return origins.Near(place).Problem(place.Replace(ConfigurationOrigins.Again("", 2), "", StringComparison.Ordinal), problem.Found, problem.Expected, problem.NextStep);
            }
        }
    }

    private static IEnumerable<Problem> Agents(RipienoOptions options, ConfigurationOrigins origins, Func<string, bool> fileExists)
    {
        var ids = options.Agents.Select(agent => agent.Id).ToList();
        for (var i = 0; i < options.Agents.Length; i++)
        {
            var agent = options.Agents[i];
            var place = $"agents[{agent.Id}]";
            if (ids.Take(i).Count(id => id == agent.Id) is > 0 and var before)
            {
                yield return origins.Near($"{ConfigurationOrigins.Again(place, before + 1)}.id").Problem(
                    $"{place}.id", $"the id \"{agent.Id}\" a second time", "each id once", "Rename or remove one of the two.");
            }

            foreach (var required in agent.Requires.Where(required => !ids.Contains(required, StringComparer.Ordinal)))
            {
                yield return origins.Near($"{place}.requires").Problem(
                    $"{place}.requires", $"the unknown agent \"{required}\"", $"one of {string.Join(", ", ids.Distinct(StringComparer.Ordinal))}", NearestName.Suggestion(required, ids));
            }

            if (agent.Prompt is { } prompt && !fileExists(prompt))
            {
                yield return origins.Near($"{place}.prompt").Problem(
                    $"{place}.prompt", $"\"{prompt}\", which does not exist in the project folder", "a prompt file",
                    "Create it, or leave the key out to use the built-in prompt.");
            }
        }

        if (Cycle(options) is { } cycle)
        {
            yield return origins.Near($"agents[{cycle[0]}].requires").Problem(
                $"agents[{cycle[0]}].requires", $"a cycle: {string.Join(" → ", cycle)}", "agents that do not wait for each other");
        }
    }

    private static List<string>? Cycle(RipienoOptions options)
    {
        var requires = options.Agents.DistinctBy(agent => agent.Id).ToDictionary(agent => agent.Id, agent => agent.Requires, StringComparer.Ordinal);
        var left = new HashSet<string>(requires.Keys, StringComparer.Ordinal);
        // Agents that wait for nothing in the set leave it; whoever stays waits in a circle.
        while (left.RemoveWhere(id => !requires[id].Any(left.Contains)) > 0)
        {
        }

        if (left.Count == 0)
            return null;
        var path = new List<string>();
        var next = requires.Keys.First(left.Contains);
        while (!path.Contains(next, StringComparer.Ordinal))
        {
            path.Add(next);
            next = requires[next].First(left.Contains);
        }

        return [.. path.SkipWhile(id => id != next), next];
    }

    private static IEnumerable<Problem> Endpoints(RipienoOptions options, ConfigurationOrigins origins)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var kind in ProviderKind.Usable)
        {
            foreach (var endpoint in EffectiveEndpoints.Provider(options, kind).Endpoints.Where(endpoint => !names.Add(endpoint.Name)))
            {
                var place = $"runtime.{kind}.endpoints[{endpoint.Name}]";
                var second = $"{ConfigurationOrigins.Again(place, 2)}.name";
                yield return origins.Near(origins.ByPlace.ContainsKey(second) ? second : place).Problem(
                    $"{place}.name", $"the name \"{endpoint.Name}\" a second time", "each endpoint name once", "Limits are kept by name; rename one of the two.");
            }
        }
    }

    private static IEnumerable<Problem> Providers(RipienoOptions options, ConfigurationOrigins origins, Func<string, string?> environment)
    {
        var azure = EffectiveEndpoints.Provider(options, ProviderKind.AzureOpenAI);
        if (azure is { Credential: AzureOpenAI.EntraId, KeyEnv: not null })
        {
            const string Place = "runtime.azure-openai.keyEnv";
            yield return origins.Near(Place).Problem(
                Place, "\"keyEnv\" together with \"credential\": \"entra-id\"", "one of them", "Remove \"keyEnv\", or set \"credential\" to \"key\".");
        }

        foreach (var kind in EffectiveEndpoints.ProvidersNamed(options))
        {
            var provider = EffectiveEndpoints.Provider(options, kind);
            if (kind == ProviderKind.OpenAI && provider.Host is null && provider.Endpoints.IsEmpty)
            {
                yield return origins.Near("runtime.openai").Problem(
                    "runtime.openai.endpoint", "nothing", "the URL of a server that speaks OpenAI's protocol",
                    "Set \"endpoint\" to for example http://localhost:8000/v1, or to https://api.openai.com/v1 together with \"keyEnv\".");
            }

            if (kind == ProviderKind.AzureOpenAI && provider.Host is null && provider.EndpointEnv is { } place)
            {
                yield return environment(place) is { } held && !string.IsNullOrWhiteSpace(held)
                    ? Variable(kind, "endpointEnv", origins, $"the environment variable {place}, which holds something else (not shown)", AzureOpenAI.ExpectedUrl, "Correct it.")
                    : Unset(kind, "endpointEnv", place, AzureOpenAI.ExpectedUrl, origins);
            }

            if (provider.DeploymentEnv is { } deployment && provider.Deployment is null)
                yield return Unset(kind, "deploymentEnv", deployment, "the name of a deployment", origins);
            if (provider.KeyEnv is { } variable && string.IsNullOrWhiteSpace(environment(variable)))
                yield return Unset(kind, ProviderKind.KeyOf(kind), variable, kind == ProviderKind.GitHubModels ? "the token" : "the key", origins);
        }
    }

    private static Problem Unset(string kind, string key, string variable, string holding, ConfigurationOrigins origins) => Variable(
        kind, key, origins, $"the environment variable {variable}, which is not set", $"a variable that holds {holding}", $"export {variable}=… before starting.");

    private static Problem Variable(string kind, string key, ConfigurationOrigins origins, string found, string expected, string nextStep)
    {
        var place = $"runtime.{kind}.{key}";
        return origins.Near(place).Problem(place, found, expected, nextStep);
    }

    private static IEnumerable<Problem> Fallbacks(RipienoOptions options, ConfigurationOrigins origins)
    {
        var fallbacks = options.Runtime.Fallbacks;
        if (fallbacks.Length > MostFallbacks)
        {
            yield return origins.Near("runtime.fallbackProviders").Problem(
                "runtime.fallbackProviders", $"{fallbacks.Length} models", $"at most {MostFallbacks}", "Each is waited for in turn; keep those that are likely to answer.");
        }

        for (var i = 0; i < fallbacks.Length; i++)
        {
            if (fallbacks.IndexOf(fallbacks[i]) < i)
            {
                yield return origins.Near($"runtime.fallbackProviders[{i}]").Problem(
                    $"runtime.fallbackProviders[{i}]", $"{fallbacks[i].Provider}/{fallbacks[i].Model} a second time", "each model once", "Remove one of the two.");
            }
        }
    }

    private static IEnumerable<Problem> Lease(LeaseOptions lease, ConfigurationOrigins origins)
    {
        if (lease.Heartbeat * 3 <= lease.Duration)
            yield break;
        var place = origins["runtime.lease.heartbeat"].Kind == OriginKind.Default ? "runtime.lease.duration" : "runtime.lease.heartbeat";
        yield return origins.Near(place).Problem(
            place, $"a heartbeat of {DurationText.Format(lease.Heartbeat)} in a lease of {DurationText.Format(lease.Duration)}",
            "a heartbeat of at most a third of the lease", $"Set the heartbeat to {DurationText.Format(lease.Duration / 3)} or less.");
    }
}
