using System.Text;

namespace Ripieno.Redis;

/// <summary>
/// Puts a script together from what several scripts share. The server builds all functions of a script anew at each call, with a link to each variable that they use: of a heartbeat, the smallest
/// commit, that was a quarter of the time. So what the script never calls is left out, the names of numbers and formats (<c>local NAME = 1</c>, <c>local T = { name = 1 }</c>, capital letters) are replaced by
/// what they stand for, and what stands before the line <c>--!inner</c> is linked to in one step from everything behind it.
/// </summary>
internal static class ScriptLinker
{
    private const string Function = "local function ";
    private const string Inner = "--!inner";

    /// <param name="text">The files one behind the other, indented as they are written: functions begin and end in the first column.</param>
    /// <param name="known">What stands for names that the files do not give themselves.</param>
    /// <returns>Without comments and indentation, which the server would keep in memory and the network carry for nothing.</returns>
    public static string Link(string text, IReadOnlyDictionary<string, string> known)
    {
        var constants = new Dictionary<string, string>(known, StringComparer.Ordinal);
        var blocks = new List<Block>();
        var lines = text.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0 && (line == Inner || !line.AsSpan().TrimStart().StartsWith("--")) && !IsConstants(line, constants)).ToList();
        for (var i = 0; i < lines.Count; i++)
        {
            var block = new Block(lines[i].StartsWith(Function, StringComparison.Ordinal) ? lines[i][Function.Length..lines[i].IndexOf('(', StringComparison.Ordinal)] : null);
            block.Add(lines[i], constants);
            if (block.Name is not null && !lines[i].EndsWith(" end", StringComparison.Ordinal))
            {
                do
                    block.Add(lines[++i], constants);
                while (lines[i] != "end");
            }

            blocks.Add(block);
        }

        Use(blocks);
        var linked = new StringBuilder();
        var inner = false;
        foreach (var block in blocks.Where(block => block.IsUsed))
        {
            if (block.Text == Inner + "\n")
            {
                inner = true;
                linked.Append("return (function()\n");
            }
            else
            {
                linked.Append(block.Text);
            }
        }

        return linked.Append(inner ? "end)()\n" : "").ToString();
    }

    /// <summary>Marks what is executed, and the functions that it names, and those that these name.</summary>
    private static void Use(List<Block> blocks)
    {
        var functions = blocks.Where(block => block.Name is not null).ToLookup(block => block.Name!, StringComparer.Ordinal);
        var open = new Stack<Block>(blocks.Where(block => block.Name is null));
        while (open.TryPop(out var block))
        {
            if (block.IsUsed)
                continue;
            block.IsUsed = true;
            foreach (var name in block.Names)
            {
                foreach (var function in functions[name])
                    open.Push(function);
            }
        }
    }

    /// <summary>True of a line that only gives names to numbers and texts; they are remembered, those of a table as <c>T.name</c>.</summary>
    private static bool IsConstants(string line, Dictionary<string, string> constants)
    {
        const string Local = "local ";
        var equals = line.IndexOf(" = ", StringComparison.Ordinal);
        if (!line.StartsWith(Local, StringComparison.Ordinal) || equals < 0)
            return false;
        var (names, values) = (line[Local.Length..equals].Split(", "), line[(equals + 3)..]);
        if (!names.All(name => name.All(char.IsAsciiLetterUpper)))
            return false;
        string[] pairs = values.StartsWith("{ ", StringComparison.Ordinal) && values.EndsWith(" }", StringComparison.Ordinal) && names.Length == 1
            ? [.. values[2..^2].Split(", ").Select(pair => $"{names[0]}.{pair}")]
            : [.. names.Zip(values.Split(", "), (name, value) => $"{name} = {value}")];
        var found = pairs.Select(pair => pair.Split(" = ")).ToList();
        if (pairs.Length != values.Split(", ").Length || !found.TrueForAll(pair => pair.Length == 2 && !pair[0].Contains('[', StringComparison.Ordinal) && IsLiteral(pair[1])))
            return false;
        foreach (var pair in found)
            constants[pair[0]] = pair[1];
        return true;
    }

    private static bool IsLiteral(string value) =>
        value.All(char.IsAsciiDigit) || (value.Length >= 2 && value[0] == '\'' && value.IndexOf('\'', 1) == value.Length - 1 && !value.Contains('\\', StringComparison.Ordinal));

    /// <summary>A function, or a line outside of any.</summary>
    private sealed class Block(string? name)
    {
        private readonly StringBuilder _text = new();

        public string? Name { get; } = name;

        public HashSet<string> Names { get; } = new(StringComparer.Ordinal);

        public bool IsUsed { get; set; }

        public string Text => _text.ToString();

        public void Add(string line, Dictionary<string, string> constants)
        {
            for (var at = line.Length - line.AsSpan().TrimStart().Length; at < line.Length;)
            {
                var end = at + 1;
                if (line[at] is '\'' or '"')
                {
                    while (line[end] != line[at])
                        end += line[end] == '\\' ? 2 : 1;
                    _text.Append(line, at, ++end - at);
                }
                else if (IsName(line[at]))
                {
                    // T.name is one name; so is t.name, of which the constants know nothing.
                    while (end < line.Length && (IsName(line[end]) || (line[end] == '.' && end + 1 < line.Length && IsName(line[end + 1]))))
                        end++;
                    if (at > 1 && line[at - 1] == '.' && line[at - 2] != '.')
                        _text.Append(line, at, end - at);
                    else
                        Append(line[at..end], constants);
                }
                else
                {
                    _text.Append(line[at]);
                }

                at = end;
            }

            _text.Append('\n');
        }

        private static bool IsName(char character) => char.IsAsciiLetterOrDigit(character) || character == '_';

        private void Append(string name, Dictionary<string, string> constants)
        {
            if (constants.TryGetValue(name, out var value))
            {
                _text.Append(value);
                return;
            }

            _text.Append(name);
            var dot = name.IndexOf('.', StringComparison.Ordinal);
            Names.Add(dot < 0 ? name : name[..dot]);
        }
    }
}
