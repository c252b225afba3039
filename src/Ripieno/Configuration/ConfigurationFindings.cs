namespace Ripieno.Configuration;

/// <summary>What is valid but probably not meant; sentences for <c>config check</c> and <c>status</c>.</summary>
internal static class ConfigurationFindings
{
    /// <summary>What every command says of a password that other users of the machine can read.</summary>
    public static string PasswordOnCommandLine(LoadedConfiguration loaded)
    {
        var address = loaded.Redis!.Location;
        var colon = address.IndexOf(':', StringComparison.Ordinal) + 1;
        return $"--store {address[..colon]}//***@{address[colon..]} holds a password, which the list of processes and the shell's history show. "
            + $"Put it into the environment variable {EffectiveStore.PasswordVariable}, or into a file named by {EffectiveStore.PasswordFileVariable}.";
    }

    /// <param name="loaded">The configuration.</param>
    /// <param name="instances">Live instances that share the endpoints.</param>
    public static IReadOnlyList<string> Of(LoadedConfiguration loaded, int instances = 1)
    {
        var findings = new List<string>();
        var calls = loaded.Slots * instances;
        // What is asked only when others cannot be had adds no places.
        var used = EffectiveEndpoints.ProvidersInUse(loaded.Options);
        var endpoints = loaded.Endpoints.Where(endpoint => used.Contains(endpoint.Provider, StringComparer.Ordinal)).ToList();
        if (endpoints.TrueForAll(endpoint => endpoint.Limit is not null) && endpoints.Sum(endpoint => endpoint.Limit!.Value) is var accepted && calls > accepted)
        {
            var names = string.Join(", ", endpoints.Select(endpoint => $"{endpoint.Name} {endpoint.Limit}"));
            findings.Add($"{calls} slots, but the endpoints accept {accepted} calls at once ({names}): more slots or instances add nothing.");
        }

        foreach (var provider in used)
        {
            var concurrency = EffectiveEndpoints.Provider(loaded.Options, provider).Concurrency;
            if (loaded.Slots < concurrency)
                findings.Add($"runtime.concurrency is {loaded.Slots}, so runtime.{provider}.concurrency of {concurrency} is never reached.");
        }

        findings.AddRange(ProviderFindings.Of(loaded));
        if (loaded.Options.Runtime.Store is { Kind: StoreKind.Redis, Redis.AllowDataLoss: true })
            findings.Add("runtime.store.allowDataLoss is true: a Redis that loses what it acknowledged is accepted, and runs may be lost with it.");
        findings.AddRange(loaded.Callbacks.Missing);
        return findings;
    }
}
