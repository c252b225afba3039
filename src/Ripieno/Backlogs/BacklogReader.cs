using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Backlogs;

/// <summary>Reads backlogs from files, from standard input and from sentences. Every problem is told at once, in an <see cref="InvalidInputException"/>.</summary>
internal static class BacklogReader
{
    private const long LargestFile = 32 * 1024 * 1024;
    private const string StandardInput = "standard input";

    /// <summary>
    /// What the command line's BACKLOG means: <c>-</c> is standard input, an existing file is read, anything with white space in it is a sentence, and one word is a
    /// file that should exist when it looks like one (a path separator or an extension), else a sentence of one word.
    /// </summary>
    public static Backlog ReadArgument(string argument, string currentFolder, Func<Stream> standardInput)
    {
        if (argument == "-")
        {
            using var stream = standardInput();
            return ReadStream(stream);
        }

        if (argument.Contains('\0', StringComparison.Ordinal) || argument.Trim().Length == 0)
            throw new InvalidInputException(new Problem(null, null, "BACKLOG", "an empty text", "a file, a sentence, or - for standard input"));
        var path = Path.GetFullPath(argument, currentFolder);
        return Path.Exists(path) || LooksLikeFile(argument) ? ReadFile(argument, path) : ReadSentence(argument);
    }

    /// <summary>Reads a file: JSON by <c>.json</c>, Markdown by <c>.md</c> or <c>.markdown</c>, else what it looks like.</summary>
    /// <param name="name">As the user named it.</param>
    /// <param name="path">Absolute path.</param>
    public static Backlog ReadFile(string name, string path)
    {
        var missing = new Problem(null, null, "BACKLOG", $"no such file {name}", "a backlog file, a sentence in quotes, or - for standard input", Nearest(path));
        return Read(SourceText.Read(name, path, LargestFile, missing), FormatOf(path), Path.GetFileNameWithoutExtension(path));
    }

    /// <summary>Reads a stream to its end; the format is what it looks like.</summary>
    public static Backlog ReadStream(Stream stream) => Read(SourceText.Read(StandardInput, stream, LargestFile), null, StandardInput);

    /// <summary>A backlog of one entry.</summary>
    public static Backlog ReadSentence(string sentence) => Resolve(null, [], BacklogPlain.Sentence(sentence), sentence);

    /// <summary>Reads a text. Pure.</summary>
    /// <param name="source">The text and its name.</param>
    /// <param name="format">Null = what it looks like.</param>
    /// <param name="defaultTitle">Title of a backlog that gives none.</param>
    public static Backlog Read(SourceText source, BacklogFormat? format, string defaultTitle)
    {
        var problems = new List<Problem>();
        var draft = (format ?? Looks(source.Text)) switch
        {
            BacklogFormat.Json => new BacklogJson(problems).Read(source),
            BacklogFormat.Markdown => BacklogMarkdown.Read(source, problems),
            _ => BacklogPlain.Read(source),
        };
        return Resolve(source.File, problems, draft, defaultTitle);
    }

    private static Backlog Resolve(string? file, List<Problem> problems, BacklogDraft draft, string defaultTitle)
    {
        var entries = new BacklogResolution(file, problems).Resolve(draft);
        if (problems.Count > 0)
            throw new InvalidInputException([.. problems.OrderBy(problem => problem.Line ?? int.MaxValue)]);
        var title = BacklogNames.OneLine(draft.Title ?? "");
        return new Backlog(title.Length == 0 ? BacklogNames.OneLine(defaultTitle) : title, entries);
    }

    private static BacklogFormat? FormatOf(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".JSON" or ".JSONC" => BacklogFormat.Json,
        ".MD" or ".MARKDOWN" => BacklogFormat.Markdown,
        _ => null,
    };

    private static BacklogFormat Looks(string text)
    {
        var start = text.AsSpan().TrimStart();
        if (start is ['[' or '{', ..] or ['/', '/' or '*', ..])
            return BacklogFormat.Json;
        return BacklogMarkdown.Looks(text) ? BacklogFormat.Markdown : BacklogFormat.Plain;
    }

    private static bool LooksLikeFile(string argument) =>
        !argument.Any(char.IsWhiteSpace)
            && (argument.Contains('/', StringComparison.Ordinal) || argument.Contains('\\', StringComparison.Ordinal) || FormatOf(argument) is not null
                || Path.GetExtension(argument).ToUpperInvariant() is ".TXT" or ".YAML" or ".YML");

    private static string? Nearest(string path)
    {
        var folder = Path.GetDirectoryName(path);
        return Directory.Exists(folder)
            ? NearestName.Suggestion(Path.GetFileName(path), Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)))
            : null;
    }
}
