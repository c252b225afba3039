using System.Collections.Immutable;
using Ripieno.Configuration;
using Ripieno.Models;
using Ripieno.Runs;

namespace Ripieno.Callbacks;

/// <summary>The callbacks that this instance can carry out, and why it cannot carry out others of its configuration.</summary>
/// <param name="Targets">By name.</param>
/// <param name="Missing">Sentences about those that are left to other workers, because their secret is not here.</param>
internal sealed record CallbackTargets(ImmutableDictionary<string, CallbackTarget> Targets, ImmutableArray<string> Missing)
{
    public static CallbackTargets None { get; } = new(ImmutableDictionary.Create<string, CallbackTarget>(StringComparer.Ordinal), []);

    /// <summary>Classes of the deliveries that it can make.</summary>
    public IEnumerable<StepClass> Classes => Targets.Keys.Order(StringComparer.Ordinal).Select(CallbackWorkflow.ClassOf);

    public CallbackTarget? Find(string name) => Targets.GetValueOrDefault(name);

    /// <param name="callbacks">As configured and checked.</param>
    /// <param name="projectFolder">Folder that commands run in.</param>
    /// <param name="environment">Looks up an environment variable.</param>
    /// <param name="readFile">The text of a file relative to the project folder; null when it cannot be read.</param>
    public static CallbackTargets Of(
        ImmutableDictionary<string, CallbackOptions> callbacks, string projectFolder, Func<string, string?> environment, Func<string, string?> readFile)
    {
        var targets = None.Targets.ToBuilder();
        var missing = ImmutableArray.CreateBuilder<string>();
        foreach (var (name, options) in callbacks.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var secret = SecretOf(options, environment, readFile);
            if (options.Url is not { } url)
                targets.Add(name, new CallbackTarget.Command(options.Command, options.TimeLimit, projectFolder));
            else if (secret is not null || (options.SecretEnv ?? options.SecretFile) is null)
                targets.Add(name, new CallbackTarget.Webhook(url, options.Below, secret is null ? null : WebhookKey.TryParse(secret)));
            else
                missing.Add($"callback '{name}' is left to other workers: {(options.SecretEnv is { } variable ? $"the environment variable {variable} is not set" : $"{options.SecretFile} cannot be read or is empty")}.");
        }

        return new(targets.ToImmutable(), missing.DrainToImmutable());
    }

    /// <summary>Null when there is none, or none here.</summary>
    public static Secret? SecretOf(CallbackOptions options, Func<string, string?> environment, Func<string, string?> readFile)
    {
        // Editors end a file with a new line, which is no part of the secret.
        var text = options.SecretEnv is { } variable ? environment(variable) : options.SecretFile is { } file ? readFile(file)?.Split('\n', 2)[0] : null;
        return string.IsNullOrWhiteSpace(text) ? null : new(text.Trim());
    }
}
