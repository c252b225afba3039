using System.Text;
using System.Text.Json;
using Ripieno.Backlogs;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Workflows;

/// <summary>What a user's workflow works on.</summary>
/// <param name="Json">UTF-8 JSON; a text is a JSON string.</param>
/// <param name="Title">One line for lists of runs.</param>
internal sealed record RunInput(ReadOnlyMemory<byte> Json, string Title)
{
    private const long LargestFile = 16 * 1024 * 1024;
    private const int LongestTitle = 80;

    /// <summary>
    /// What <c>--input</c> means: <c>-</c> is standard input, an existing file is read, and so is one word that looks like a file; what begins with <c>{</c>, <c>[</c> or <c>"</c> is JSON, anything else a
    /// text. A file that is called <c>.json</c> must hold JSON; any other file may.
    /// </summary>
    /// <exception cref="InvalidInputException">There is no such file, or it is no JSON where it must be.</exception>
    public static RunInput ReadArgument(string argument, string currentFolder, Func<Stream> standardInput)
    {
        if (argument == "-")
        {
            using var stream = standardInput();
            return Read(SourceText.Read("standard input", stream, LargestFile).Text, null, mustBeJson: false, "standard input");
        }

        if (argument.Contains('\0', StringComparison.Ordinal) || argument.Trim().Length == 0)
            throw new InvalidInputException(new Problem(null, null, "--input", "an empty text", "a file, JSON, a sentence, or - for standard input"));
        if (argument[0] is '{' or '[' or '"')
            return Read(argument, null, mustBeJson: true, null);
        var path = Path.GetFullPath(argument, currentFolder);
        if (!Path.Exists(path) && (argument.Any(char.IsWhiteSpace) || Path.GetExtension(argument).Length == 0))
            return Read(argument, null, mustBeJson: false, null);
        var missing = new Problem(null, null, "--input", $"no such file {argument}", "a file, JSON, a sentence in quotes, or - for standard input");
        var source = SourceText.Read(argument, path, LargestFile, missing);
        return Read(source.Text, argument, Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase), Path.GetFileName(path));
    }

    /// <summary>What a program gives.</summary>
    public static RunInput Of(JsonElement value) => new(
        Encoding.UTF8.GetBytes(JsonSerializer.Serialize(value, WorkflowJson.Default.JsonElement)),
        value.ValueKind == JsonValueKind.String ? Line(value.GetString()!) : TitleOf(value) ?? Line(value.GetRawText()));

    private static RunInput Read(string text, string? file, bool mustBeJson, string? title)
    {
        var trimmed = text.TrimStart('\uFEFF').Trim();
        try
        {
            if (mustBeJson || trimmed is ['{' or '[', ..])
            {
                using var document = JsonDocument.Parse(trimmed);
                return new(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(document.RootElement, WorkflowJson.Default.JsonElement)), title ?? TitleOf(document.RootElement) ?? Line(trimmed));
            }
        }
        catch (JsonException exception) when (mustBeJson)
        {
            throw new InvalidInputException(new Problem(file, (int?)exception.LineNumber + 1, "--input", "no valid JSON", "JSON", exception.Message));
        }
        catch (JsonException)
        {
            // A text that begins with a bracket.
        }

        return new(JsonSerializer.SerializeToUtf8Bytes(trimmed, WorkflowJson.Default.String), title ?? Line(trimmed));
    }

    /// <summary>What people would call it.</summary>
    private static string? TitleOf(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
            return null;
        foreach (var name in (ReadOnlySpan<string>)["title", "name", "question", "topic", "id"])
        {
            if (value.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String)
                return Line(text.GetString()!);
        }

        return null;
    }

    private static string Line(string text)
    {
        var line = BacklogNames.OneLine(text);
        return line.Length <= LongestTitle ? line : line[..(char.IsHighSurrogate(line[LongestTitle - 1]) ? LongestTitle - 1 : LongestTitle)] + "…";
    }
}
