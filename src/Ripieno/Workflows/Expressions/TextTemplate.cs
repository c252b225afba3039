using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Ripieno.Workflows.Expressions;

/// <summary>
/// A text with values in it: <c>Review {{draft}} of {{item.title}}</c>. No logic. A value is put in as it is and never searched for placeholders.
/// </summary>
internal sealed partial class TextTemplate
{
    private readonly ImmutableArray<(string Text, ValuePath? Path)> _pieces;

    private TextTemplate(ImmutableArray<(string Text, ValuePath? Path)> pieces) => _pieces = pieces;

    /// <summary>Values that it mentions, in order.</summary>
    public IEnumerable<ValuePath> Paths => _pieces.Select(piece => piece.Path).OfType<ValuePath>();

    /// <summary>The value that it mentions, when it is nothing but that; else null.</summary>
    public ValuePath? Only => _pieces.Where(piece => piece.Path is not null || piece.Text.Length > 0).ToList() is [{ Path: { } path }] ? path : null;

    /// <param name="text">The template.</param>
    /// <param name="problem">What is wrong with it, as the end of "found …"; null = nothing.</param>
    public static TextTemplate? TryParse(string text, out string? problem)
    {
        problem = null;
        var pieces = ImmutableArray.CreateBuilder<(string, ValuePath?)>();
        var end = 0;
        foreach (Match match in Placeholder().Matches(text))
        {
            if (ValuePath.TryParse(match.Groups["path"].Value.Trim()) is not { } path)
            {
                problem = $"the placeholder {match.Value}";
                return null;
            }

            pieces.Add((text[end..match.Index], null));
            pieces.Add(("", path));
            end = match.Index + match.Length;
        }

        pieces.Add((text[end..], null));
        return new(pieces.DrainToImmutable());
    }

    /// <exception cref="FormatException">It has a placeholder that is no path.</exception>
    public static TextTemplate Parse(string text) => TryParse(text, out var problem) ?? throw new FormatException($"'{text}' has {problem}.");

    /// <param name="valueOf">Looks a value up.</param>
    /// <param name="shorten">Applied to each value's text.</param>
    public string Render(Func<ValuePath, JsonElement?> valueOf, Func<string, string>? shorten = null)
    {
        var text = new StringBuilder();
        foreach (var (literal, path) in _pieces)
        {
            var value = path is null ? literal : ValueText.Of(valueOf(path));
            text.Append(path is null || shorten is null ? value : shorten(value));
        }

        return text.ToString();
    }

    // Whatever stands between double braces is meant as a placeholder: a misspelt one must not reach a model.
    [GeneratedRegex(@"\{\{(?<path>[^{}\n]*)\}\}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Placeholder();
}
