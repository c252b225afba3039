using System.Text.RegularExpressions;
using Ripieno.Configuration.Shapes;

namespace Ripieno.Configuration;

/// <summary>The kinds of text that config values are made of.</summary>
internal static partial class ConfigurationTexts
{
    private const int LongestText = 1024;

    public static TextShape Text { get; } = new("a text of 1 to 1024 characters", text => IsLine(text) && text.Trim().Length > 0);

    public static TextShape Name { get; } = new(
        "a name of letters, digits, \"-\", \"_\" and \".\", at most 64 characters", text => NamePattern().IsMatch(text), NamePattern().ToString());

    public static TextShape RunPattern { get; } = new(
        "a run's id, or a pattern of letters, digits, \"-\", \"_\", \".\", \"*\" and \"?\", at most 100 characters", text => RunPatternPattern().IsMatch(text), RunPatternPattern().ToString());

    /// <summary>No dot: in texts it leads into a value.</summary>
    public static TextShape StepId { get; } = new(
        "a letter, then letters, digits, \"-\" and \"_\", at most 64 characters", text => StepIdPattern().IsMatch(text), StepIdPattern().ToString());

    public static TextShape Url { get; } = new("a URL such as http://localhost:11434, without user and password", IsUrl, "^https?://") { Hides = text => text.Contains('@', StringComparison.Ordinal) };

    public static TextShape Variable { get; } = new(
        "the name of an environment variable such as OPENAI_API_KEY", IsVariable, "^[A-Za-z_][A-Za-z0-9_]*$")
    {
        Hides = _ => true,
    };

    public static TextShape RedisEndpoint { get; } = new(
        "host or host:port, without user and password", text => RedisAddress.Endpoint(text) is not null)
    {
        Hides = text => text.Contains('@', StringComparison.Ordinal),
    };

    public static TextShape Folder { get; } = new("a path", IsPath);

    /// <summary>As <see cref="Folder"/>, but no address of a server by mistake: it would become the name of a file, and be printed with its password.</summary>
    public static TextShape StoreFile { get; } = new(
        "the path of a file", text => IsPath(text) && !RedisAddress.Is(text) && !text.Contains("://", StringComparison.Ordinal))
    {
        Hides = text => text.Contains('@', StringComparison.Ordinal),
    };

    /// <summary>A file that belongs to the project: config that is shared must not reach into the rest of a machine.</summary>
    public static TextShape ProjectFile { get; } = new("a path inside the project folder, relative to it", IsInside);

    public static TextShape Duration(TimeSpan least, TimeSpan most) => new(
        $"{DurationText.Expected}, from {DurationText.Format(least)} to {DurationText.Format(most)}",
        text => DurationText.TryParse(text, out var duration) && duration >= least && duration <= most,
        @"^\s*[0-9]+(\.[0-9]+)?\s*(ms|s|m|h|d)\s*$");

    public static TextShape Size(long least, long most) => new(
        $"{SizeText.Expected}, from {SizeText.Format(least)} to {SizeText.Format(most)}",
        text => SizeText.TryParse(text, out var bytes) && bytes >= least && bytes <= most,
        @"^\s*[0-9]+(\.[0-9]+)?\s*(KB|MB|GB)\s*$");

    private static bool IsLine(string text) => text.Length <= LongestText && !text.Any(char.IsControl);

    private static bool IsPath(string text) => IsLine(text) && text.Trim().Length > 0;

    private static bool IsUrl(string text) =>
        IsLine(text) && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0
            && url.Host.Length > 0 && url.Query.Length == 0 && url.Fragment.Length == 0;

    // Keys of the known services are valid names of variables by accident; they must not be printed as such later.
    private static bool IsVariable(string text) =>
        VariablePattern().IsMatch(text) && !text.StartsWith("ghp_", StringComparison.Ordinal) && !text.StartsWith("github_pat_", StringComparison.Ordinal);

    private static bool IsInside(string text)
    {
        var path = text.Replace('\\', '/');
        return IsLine(text) && path.Trim().Length > 0 && !path.StartsWith('/') && !path.StartsWith('~') && !path.Contains(':', StringComparison.Ordinal)
            && !path.Split('/').Contains("..", StringComparer.Ordinal);
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_-]{0,63}$", RegexOptions.CultureInvariant, 1000)]
    public static partial Regex StepIdPattern();

    [GeneratedRegex(@"^[A-Za-z0-9._*?-]{1,100}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RunPatternPattern();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]{0,63}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VariablePattern();
}
