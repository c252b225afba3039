using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Ripieno.Workflows.Expressions;

/// <summary>
/// Names a value that a run has: the result of a step, the run's input, the item of a list, and what lies inside of it, such as <c>plan.tasks.0.title</c>.
/// </summary>
/// <param name="Root">The first name.</param>
/// <param name="Segments">Members and, in lists, positions from 0.</param>
internal sealed partial record ValuePath(string Root, ImmutableArray<string> Segments)
{
    /// <summary>How a path looks, for use inside other patterns.</summary>
    public const string Pattern = @"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*";

    /// <summary>Null when the text is no path.</summary>
    public static ValuePath? TryParse(string text)
    {
        if (!Whole().IsMatch(text))
            return null;
        var parts = text.Split('.');
        return new(parts[0], [.. parts.Skip(1)]);
    }

    /// <summary>What lies at the path inside of the root's value; null when there is nothing.</summary>
    public JsonElement? In(JsonElement? root)
    {
        var value = root;
        foreach (var segment in Segments)
        {
            value = value switch
            {
                { ValueKind: JsonValueKind.Object } section when section.TryGetProperty(segment, out var member) => member,
                { ValueKind: JsonValueKind.Array } list when int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at < list.GetArrayLength() => list[at],
                _ => null,
            };
        }

        return value is { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } ? null : value;
    }

    public override string ToString() => string.Join('.', [Root, .. Segments]);

    [GeneratedRegex("^" + Pattern + "$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Whole();
}
