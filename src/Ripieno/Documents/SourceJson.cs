using System.Text;
using System.Text.Json;
using Ripieno.Errors;

namespace Ripieno.Documents;

/// <summary>
/// Reads JSON with comments and trailing commas, keeping the line of every value. Duplicate keys are refused: which of the two
/// counts would depend on who reads the file.
/// </summary>
internal ref struct SourceJson
{
    /// <summary>Depth of nesting; deeper input is a mistake or an attack on the stack.</summary>
    private const int MaxDepth = 32;

    private readonly string? _file;
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly List<Problem> _problems;
    private Utf8JsonReader _reader;
    private int _line = 1;
    private int _counted;

    private SourceJson(string? file, ReadOnlySpan<byte> bytes, List<Problem> problems)
    {
        _file = file;
        _bytes = bytes;
        _problems = problems;
        _reader = new Utf8JsonReader(
            bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = MaxDepth });
    }

    /// <summary>The document's value, or null with <paramref name="problems"/> told why. Duplicate keys leave the first one in place.</summary>
    public static SourceNode? Parse(SourceText source, List<Problem> problems)
    {
        var json = new SourceJson(source.File, Encoding.UTF8.GetBytes(source.Text), problems);
        try
        {
            json._reader.Read();
            var value = json.ReadValue();
            while (json._reader.Read())
            {
            }

            return value;
        }
        catch (JsonException failure)
        {
            problems.Add(new Problem(source.File, (int)(failure.LineNumber ?? 0) + 1, "JSON", json.What(failure), "valid JSON (comments and trailing commas are allowed)"));
        }
        catch (InvalidOperationException)
        {
            // GetString refuses escapes such as \ud800 that name half a character.
            problems.Add(new Problem(source.File, json.Line(), "JSON", "a \\u escape that is half a character", "complete escapes"));
        }

        return null;
    }

    private SourceNode ReadValue()
    {
        var origin = new Origin(OriginKind.File, _file, Line());
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return new SourceObject(origin, ReadMembers());
            case JsonTokenType.StartArray:
                var items = new List<SourceNode>();
                while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
                    items.Add(ReadValue());
                return new SourceArray(origin, items);
            case JsonTokenType.String:
                return new SourceScalar(origin, JsonValueKind.String, _reader.GetString()!);
            case JsonTokenType.Number:
                return new SourceScalar(origin, JsonValueKind.Number, Encoding.UTF8.GetString(_reader.ValueSpan));
            case JsonTokenType.True:
                return new SourceScalar(origin, JsonValueKind.True, "true");
            case JsonTokenType.False:
                return new SourceScalar(origin, JsonValueKind.False, "false");
            default:
                return new SourceScalar(origin, JsonValueKind.Null, "null");
        }
    }

    private Dictionary<string, SourceNode> ReadMembers()
    {
        var members = new Dictionary<string, SourceNode>(StringComparer.Ordinal);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
        {
            var line = Line();
            var key = _reader.GetString()!;
            _reader.Read();
            var value = ReadValue();
            if (members.TryAdd(key, value))
                continue;
            _problems.Add(new Problem(
                _file, line, new SourceScalar(Origin.Default, JsonValueKind.Null, key).Described,
                $"the key a second time (first in line {members[key].Origin.Line})", "each key once", "Remove one of the two."));
        }

        return members;
    }

    private int Line()
    {
        var start = (int)Math.Min(_reader.TokenStartIndex, _bytes.Length);
        _line += _bytes[_counted..start].Count((byte)'\n');
        _counted = start;
        return _line;
    }

    private readonly string What(JsonException failure)
    {
        if (_bytes.Trim(" \t\r\n"u8).IsEmpty)
            return "an empty text";
        if (_reader.CurrentDepth >= MaxDepth)
            return $"values nested more than {MaxDepth} deep";
        var message = failure.Message;
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        message = end < 0 ? message : message[..end];
        return $"text that is not JSON ({message.TrimEnd('.')})";
    }
}
