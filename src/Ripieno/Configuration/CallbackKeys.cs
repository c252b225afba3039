using System.Text.Json.Nodes;
using Ripieno.Callbacks;
using Ripieno.Configuration.Shapes;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration;

/// <summary>Keys of callbacks, and what they must fulfil together.</summary>
internal static class CallbackKeys
{
    private const int LongestArgument = 4096;

    private static readonly CallbackOptions Callback = new();

    private static readonly TextShape Argument = new(
        $"a text of at most {LongestArgument} characters", text => text.Length <= LongestArgument && !text.Contains('\0', StringComparison.Ordinal));

    public static MapShape Map { get; } = new(new ObjectShape(
        new Key("url", ConfigurationTexts.Url, "Where a POST goes."),
        new Key("below", new FlagShape(), "With \"url\": whoever submits may name any address below it: --callback URL.", Callback.Below),
        new Key("secretEnv", ConfigurationTexts.Variable, "With \"url\": name of the environment variable that holds the secret which messages are signed with, whsec_…. Default: they are not signed."),
        new Key("secretFile", ConfigurationTexts.Folder, "With \"url\": file whose first line is the secret, relative to the project folder, in place of \"secretEnv\"."),
        new Key("command", new ListShape(Argument) { NotEmpty = true }, "In place of \"url\": program and arguments, run by the worker without a shell; {{run.id}}, {{run.status}} and the like stand for values."),
        new Key("timeLimit", ConfigurationTexts.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)), "With \"command\": time after which it is ended.", DurationText.Format(Callback.TimeLimit)))
    {
        OneOf = [["url", "command"], ["secretEnv", "secretFile"], ["below", "command"], ["secretEnv", "command"], ["secretFile", "command"], ["timeLimit", "url"]],
        SecretHome = "\"secretEnv\", the name of an environment variable that holds it, or \"secretFile\"",
    });

    /// <summary>Of a workflow: who is told of all its runs.</summary>
    public static Key OfWorkflow => new("callbacks", new ListShape(ConfigurationTexts.Name), "Callbacks of all its submitted runs, besides those that submit names.", new JsonArray());

    /// <summary>All that is wrong with callbacks, and with what workflows say of them.</summary>
    /// <param name="options">Merged options.</param>
    /// <param name="origins">Where the values come from.</param>
    /// <param name="environment">Looks up an environment variable.</param>
    /// <param name="readFile">The text of a file relative to the project folder; null when it cannot be read.</param>
    /// <param name="found">Problems that are known already.</param>
    public static IEnumerable<Problem> Problems(
        RipienoOptions options, ConfigurationOrigins origins, Func<string, string?> environment, Func<string, string?> readFile, IReadOnlyList<Problem> found)
    {
        foreach (var (name, callback) in options.Callbacks.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var place = $"callbacks.{name}";
            if (found.Any(problem => problem.Place == place || problem.Place.StartsWith(place + ".", StringComparison.Ordinal)))
                continue;
            foreach (var (key, what, expected, nextStep) in Wrong(name, callback, environment, readFile))
                yield return origins.Near(key is null ? place : $"{place}.{key}").Problem(key is null ? place : $"{place}.{key}", what, expected, nextStep);
        }

        var names = options.Callbacks.Keys.ToList();
        var workflows = options.Workflows.Own.Select(pair => (pair.Key, pair.Value.Callbacks)).Prepend((Key: "standard", options.Workflows.Standard.Callbacks));
        foreach (var (workflow, callbacks) in workflows.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            for (var i = 0; i < callbacks.Length; i++)
            {
                var place = $"workflows.{workflow}.callbacks[{i}]";
                if (names.Contains(callbacks[i], StringComparer.Ordinal))
                    continue;
                var expected = names.Count > 0 ? $"one of {string.Join(", ", names.Order(StringComparer.Ordinal))}" : "a name from \"callbacks\", which is empty";
                yield return origins.Near(place).Problem(place, $"the unknown callback \"{callbacks[i]}\"", expected, NearestName.Suggestion(callbacks[i], names));
            }
        }
    }

    private static IEnumerable<(string? Key, string Found, string Expected, string? NextStep)> Wrong(
        string name, CallbackOptions callback, Func<string, string?> environment, Func<string, string?> readFile)
    {
        if (!ConfigurationTexts.Name.Accepts(name))
            yield return (null, "a name that callbacks may not have", ConfigurationTexts.Name.Says, null);
        if (callback.Url is null && callback.Command.IsEmpty)
            yield return (null, "neither \"url\" nor \"command\"", "one of them", null);
        for (var i = 0; i < callback.Command.Length; i++)
        {
            if (i == 0 && (callback.Command[0].Trim().Length == 0 || callback.Command[0].Contains("{{", StringComparison.Ordinal)))
                yield return ("command[0]", $"\"{callback.Command[0]}\"", "the program, without placeholders", null);
            else if (CallbackText.Problem(callback.Command[i]) is { } problem)
                yield return ($"command[{i}]", problem, $"placeholders among {string.Join(", ", CallbackText.Known)}", null);
        }

        // One that is not there at all is no mistake: only workers that deliver need it.
        if (CallbackTargets.SecretOf(callback, environment, readFile) is { } secret && WebhookKey.TryParse(secret) is null)
        {
            var key = callback.SecretEnv is null ? "secretFile" : "secretEnv";
            yield return (key, $"in {callback.SecretEnv ?? callback.SecretFile} something else (not shown)", WebhookKey.Expected, WebhookKey.Advice);
        }
    }
}
