namespace Ripieno.Models.Simulated;

/// <summary>A few lines of code for a task whose title speaks of code.</summary>
/// <param name="Extension">With its dot.</param>
/// <param name="Content">The file's text.</param>
internal sealed record CodeStub(string Extension, string Content)
{
    private static readonly string[] CodeWords =
        ["implement", "code", "api", "endpoint", "function", "class", "method", "script", "parser", "login", "refactor", "fix", "bug", "test", "query", "page"];

    /// <summary>Null when the title asks for no code.</summary>
    public static CodeStub? For(string title, string description)
    {
        var words = Slug.Of(title).Split('-');
        if (!words.Any(word => CodeWords.Contains(word, StringComparer.Ordinal)))
            return null;
        var all = $"{title} {description}".ToLowerInvariant();
        var comment = title.ReplaceLineEndings(" ");
        if (all.Contains("typescript", StringComparison.Ordinal) || all.Contains("javascript", StringComparison.Ordinal))
            return new(".ts", $"// {comment}\nexport function {Camel(words)}(): void {{\n  throw new Error(\"{Slug.Of(title)}: to be written\");\n}}\n");
        if (all.Contains("c#", StringComparison.Ordinal) || all.Contains(".net", StringComparison.Ordinal))
            return new(".cs", $"// {comment}\npublic static class {Pascal(words)}\n{{\n    public static void Run() => throw new NotImplementedException();\n}}\n");
        return new(".py", $"# {comment}\ndef {Snake(words)}() -> None:\n    raise NotImplementedError(\"{Slug.Of(title)}\")\n");
    }

    private static string Pascal(string[] words) => Named(string.Concat(words.Select(word => char.ToUpperInvariant(word[0]) + word[1..])));

    private static string Camel(string[] words) => Named(words[0] + (words.Length > 1 ? Pascal(words[1..]) : ""));

    private static string Snake(string[] words) => Named(string.Join('_', words));

    private static string Named(string name) => char.IsAsciiDigit(name[0]) ? "_" + name : name;
}
