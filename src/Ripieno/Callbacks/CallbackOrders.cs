using System.Collections.Immutable;
using Ripieno.Configuration;
using Ripieno.Documents;
using Ripieno.Errors;
using Ripieno.Workflows;

namespace Ripieno.Callbacks;

/// <summary>What whoever submits asks for, checked against the configuration.</summary>
internal static class CallbackOrders
{
    /// <param name="configured">All callbacks.</param>
    /// <param name="asked">Names, and addresses below those of callbacks that allow it.</param>
    /// <param name="place">Where they were asked for, for messages.</param>
    /// <exception cref="InvalidInputException">A name is unknown, or an address not allowed; holds all problems.</exception>
    public static ImmutableArray<CallbackOrder> Resolve(ImmutableDictionary<string, CallbackOptions> configured, IEnumerable<string> asked, string place)
    {
        var problems = new List<Problem>();
        var orders = ImmutableArray.CreateBuilder<CallbackOrder>();
        foreach (var text in asked.Distinct(StringComparer.Ordinal))
        {
            if ((CallbackAddress.Is(text) ? Below(configured, text, place, problems) : Named(configured, text, place, problems)) is { } order)
                orders.Add(order);
        }

        if (orders.Count > CallbackWorkflow.Most)
            problems.Add(new(null, null, place, $"{orders.Count} callbacks", $"at most {CallbackWorkflow.Most}"));
        return problems.Count == 0 ? orders.DrainToImmutable() : throw new InvalidInputException(problems);
    }

    private static CallbackOrder? Named(ImmutableDictionary<string, CallbackOptions> configured, string name, string place, List<Problem> problems)
    {
        if (configured.ContainsKey(name))
            return new(name);
        problems.Add(new(null, null, place, $"the unknown callback \"{Shown(name)}\"", Expected(configured.Keys), NearestName.Suggestion(name, configured.Keys)));
        return null;
    }

    private static CallbackOrder? Below(ImmutableDictionary<string, CallbackOptions> configured, string text, string place, List<Problem> problems)
    {
        if (CallbackAddress.TryParse(text) is not { } address)
        {
            // It may hold a password.
            problems.Add(new(null, null, place, "something that is no address (not shown)", "an http or https URL without user, password and fragment"));
            return null;
        }

        var open = configured.Where(pair => pair.Value is { Below: true, Url: not null }).ToList();
        if (open.Where(pair => CallbackAddress.IsBelow(pair.Value.Url!, address)).OrderByDescending(pair => pair.Value.Url!.AbsolutePath.Length).ThenBy(pair => pair.Key, StringComparer.Ordinal).FirstOrDefault() is { Key: { } name })
            return new(name, address.AbsoluteUri);
        problems.Add(new(
            null, null, place, $"the address {address.GetLeftPart(UriPartial.Path)}, which no callback allows",
            open.Count > 0 ? $"one below {string.Join(", ", open.Select(pair => pair.Value.Url!.AbsoluteUri).Order(StringComparer.Ordinal))}" : Expected(configured.Keys),
            "Workers call only what the config names: add a callback with that \"url\", or one above it with \"below\": true."));
        return null;
    }

    private static string Expected(IEnumerable<string> names) =>
        string.Join(", ", names.Order(StringComparer.Ordinal)) is { Length: > 0 } list ? $"one of {list}" : "a callback from the config, which has none";

    private static string Shown(string name) => name.Length <= 64 ? name : name[..64] + "…";
}
