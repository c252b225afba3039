using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Ripieno.Errors;

namespace Ripieno.Agents.Prompts;

/// <summary>
/// A prompt file: the agent's standing instructions, the line <see cref="UserLine"/>, and the message with the data of the case. Data are
/// put in by <c>{{name}}</c>; there is no other logic. Without that line the whole file is the message.
/// </summary>
internal sealed partial class PromptTemplate
{
    /// <summary>Separates the system message, which is the same for all cases (servers keep its prefix warm), from the user message.</summary>
    public const string UserLine = "--- user ---";

    private readonly ImmutableArray<Piece> _system;
    private readonly ImmutableArray<Piece> _user;
    private readonly ImmutableArray<string> _names;

    private PromptTemplate(ImmutableArray<Piece> system, ImmutableArray<Piece> user, ImmutableArray<string> names)
    {
        _system = system;
        _user = user;
        _names = names;
    }

    /// <summary>Placeholders that it may use, whether it does or not.</summary>
    public ImmutableArray<string> Names => _names;

    /// <param name="text">The template.</param>
    /// <param name="names">Placeholders that it may use.</param>
    /// <param name="file">What to call it in errors.</param>
    /// <exception cref="InvalidInputException">It is empty or names an unknown placeholder; all of them are listed.</exception>
    public static PromptTemplate Parse(string text, ImmutableArray<string> names, string file)
    {
        var problems = Check(text, names, file).ToList();
        if (problems.Count > 0)
            throw new InvalidInputException(problems);

        text = text.ReplaceLineEndings("\n");
        var line = UserLinePattern().Match(text);
        return line.Success
            ? new(Split(text[..line.Index].Trim()), Split(text[(line.Index + line.Length)..].Trim()), names)
            : new([], Split(text.Trim()), names);
    }

    /// <summary>
    /// Puts the values in. A value is never searched for placeholders; an empty one vanishes with its line. A value that the template does not
    /// mention is put at the end of the user message, so that a plain text without placeholders is a working prompt.
    /// </summary>
    public RenderedPrompt Render(IReadOnlyDictionary<string, string> values)
    {
        var system = Fill(_system, values);
        var user = new StringBuilder(Fill(_user, values));
        foreach (var name in _names.Where(name => !Mentions(name) && values.GetValueOrDefault(name) is { Length: > 0 }))
            user.Append(user.Length > 0 ? "\n\n" : "").Append(values[name]);
        return new(system, user.ToString());
    }

    private bool Mentions(string name) => _system.Concat(_user).Any(piece => piece.Name == name);

    private static IEnumerable<Problem> Check(string text, ImmutableArray<string> names, string file)
    {
        if (string.IsNullOrWhiteSpace(text))
            yield return new(file, null, "prompt", "nothing", "the agent's instructions", "Leave `prompt` out of the agent to use the built-in one.");

        var expected = "one of " + string.Join(", ", names.Select(name => $"{{{{{name}}}}}"));
        foreach (Match match in PlaceholderPattern().Matches(text))
        {
            if (!names.Contains(NameIn(match.Value)))
                yield return new(file, 1 + text.AsSpan(0, match.Index).Count('\n'), match.Value, "an unknown placeholder", expected);
        }
    }

    private static ImmutableArray<Piece> Split(string text)
    {
        var pieces = ImmutableArray.CreateBuilder<Piece>();
        var end = 0;
        foreach (Match match in PlaceholderPattern().Matches(text))
        {
            pieces.Add(new(text[end..match.Index], null));
            pieces.Add(new("", NameIn(match.Value)));
            end = match.Index + match.Length;
        }

        pieces.Add(new(text[end..], null));
        return pieces.DrainToImmutable();
    }

    private static string Fill(ImmutableArray<Piece> pieces, IReadOnlyDictionary<string, string> values)
    {
        var text = new StringBuilder();
        var joinLines = false;
        foreach (var piece in pieces)
        {
            var value = piece.Name is null ? piece.Text : values.GetValueOrDefault(piece.Name, "");
            if (piece.Name is not null && value.Length == 0)
                joinLines |= text.Length == 0 || text[^1] == '\n';
            else if (piece.Name is null && joinLines && value.StartsWith('\n'))
                (value, joinLines) = (value[1..], false);
            text.Append(value);
        }

        return text.ToString().Trim();
    }

    private static string NameIn(string placeholder) => placeholder.Trim('{', '}', ' ', '\t');

    [GeneratedRegex(@"\{\{[ \t]*[A-Za-z_][A-Za-z0-9_-]*[ \t]*\}\}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex PlaceholderPattern();

    [GeneratedRegex(@"^[ \t]*--- user ---[ \t]*$", RegexOptions.Multiline | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex UserLinePattern();

    /// <summary>Either literal text or a placeholder's name.</summary>
    private readonly record struct Piece(string Text, string? Name);
}

/// <summary>What is sent to a model: the standing instructions (empty = none) and the message with the data.</summary>
internal sealed record RenderedPrompt(string System, string User);
