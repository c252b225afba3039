using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Ripieno.Workflows.Expressions;

/// <summary>Reads a <see cref="Condition"/>. <c>or</c> binds weaker than <c>and</c>, that weaker than <c>not</c>, that weaker than a comparison.</summary>
internal sealed partial class ConditionParser
{
    private static readonly string[] Words = ["and", "or", "not", "contains", "true", "false", "null"];

    private readonly List<string> _tokens;
    private int _at;
    private int _depth;

    private ConditionParser(List<string> tokens) => _tokens = tokens;

    private string? Current => _at < _tokens.Count ? _tokens[_at] : null;

    /// <param name="text">The condition.</param>
    /// <param name="problem">What is wrong with it, as the end of "found …"; null = nothing.</param>
    public static Condition? TryParse(string text, out string? problem)
    {
        var tokens = new List<string>();
        var end = 0;
        foreach (Match match in Token().Matches(text))
        {
            if (text[end..match.Index].Trim().Length > 0)
                break;
            tokens.Add(match.Value.Trim());
            end = match.Index + match.Length;
        }

        if (text[end..].Trim() is { Length: > 0 } rest)
        {
            problem = $"'{rest[..Math.Min(20, rest.Length)]}', which is nothing that a condition is made of";
            return null;
        }

        var parser = new ConditionParser(tokens);
        try
        {
            var condition = parser.Either();
            problem = parser.Current is { } more ? $"'{more}' after the end of the condition" : null;
            return problem is null ? condition : null;
        }
        catch (FormatException exception)
        {
            problem = exception.Message;
            return null;
        }
    }

    /// <exception cref="FormatException">It is no condition.</exception>
    public static Condition Parse(string text) => TryParse(text, out var problem) ?? throw new FormatException($"'{text}' has {problem}.");

    private Condition Either()
    {
        if (++_depth > Condition.MaxDepth)
            throw new FormatException($"more than {Condition.MaxDepth} levels of parentheses and 'not'");
        var left = Both();
        while (Take("or"))
            left = new Condition.Either(left, Both());
        _depth--;
        return left;
    }

    private Condition Both()
    {
        var left = Single();
        while (Take("and"))
            left = new Condition.Both(left, Single());
        return left;
    }

    private Condition Single()
    {
        if (Take("not"))
        {
            if (++_depth > Condition.MaxDepth)
                throw new FormatException($"more than {Condition.MaxDepth} levels of parentheses and 'not'");
            var inner = Single();
            _depth--;
            return new Condition.Not(inner);
        }

        if (Take("("))
        {
            var inner = Either();
            return Take(")") ? inner : throw Unexpected("')'");
        }

        var left = Operand();
        if (Current is not ("==" or "!=" or "<" or "<=" or ">" or ">=" or "contains"))
            return new Condition.Is(left);
        var comparison = _tokens[_at++];
        return new Condition.Compares(left, comparison, Operand());
    }

    private Condition.Operand Operand()
    {
        var token = Current;
        if (token is null)
            throw Unexpected("a value");
        if (token[0] is '\'' or '"')
            return Literal(JsonSerializer.SerializeToElement(token[1..^1], WorkflowJson.Default.String));
        if (double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            return Literal(JsonElement.Parse(token));
        if (token is "true" or "false")
            return Literal(JsonElement.Parse(token));
        if (token is "null")
            return Literal(null);
        if (!Words.Contains(token, StringComparer.Ordinal) && ValuePath.TryParse(token) is { } path)
        {
            _at++;
            return new(path, null);
        }

        throw Unexpected("a value");

        Condition.Operand Literal(JsonElement? value)
        {
            _at++;
            return new(null, value);
        }
    }

    private bool Take(string token)
    {
        if (Current != token)
            return false;
        _at++;
        return true;
    }

    private FormatException Unexpected(string expected) => new($"{(Current is { } token ? $"'{token}'" : "its end")} where {expected} was expected");

    [GeneratedRegex(@"\s*(?:'[^'\n]*'|""[^""\n]*""|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?![A-Za-z0-9_.])|==|!=|<=|>=|<|>|\(|\)|" + ValuePath.Pattern + ")", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Token();
}
