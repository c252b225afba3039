using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Ripieno.Storage;

namespace Ripieno.Redis;

/// <summary>
/// A script as it goes to the server. Its file says in its first lines which of the partition's keys it touches (<c>--!keys</c>) and which files it is made of besides (<c>--!uses</c>); it is
/// put together here, so that what several scripts share is written once.
/// </summary>
internal sealed class Script
{
    private static readonly FrozenDictionary<string, string> Files = ReadFiles();

    private Script(string name, bool evenWithoutMemory, bool evenClosed = false)
    {
        Name = name;
        var body = Files[name];
        PartitionKeys = Words(body, "--!keys ");
        var text = new StringBuilder("#!lua");
        if (evenWithoutMemory)
            text.Append(" flags=allow-oom");
        text.Append("\nlocal SCHEMA, FIRST = '").Append(RedisStore.SchemaVersion).Append("', ").Append(PartitionKeys.Count + 1).Append("\nlocal K = {");
        for (var i = 0; i < PartitionKeys.Count; i++)
            text.Append(CultureInfo.InvariantCulture, $"['{PartitionKeys[i]}']=KEYS[{i + 1}],");
        text.Append("}\n");
        foreach (var used in Words(body, "--!uses "))
            text.Append(Files[used]);
        // Not variables: report.lua has as many as a script may have.
        text.Append(body).Replace("UNCOUNTED", $"'{RunSubmission.Uncounted}'").Replace("EVEN_CLOSED", evenClosed ? "true" : "false");
        Text = Fold(text.ToString());
        // The server names scripts by SHA-1; nothing here relies on its strength.
#pragma warning disable CA5350
        Hash = SHA1.HashData(Encoding.UTF8.GetBytes(Text));
#pragma warning restore CA5350
    }

    // Scripts that free memory, or finish what was begun, go on when the server is out of memory; those that bring something new do not.
    public static readonly Script Submit = new("submit", false);
    public static readonly Script Claim = new("claim", false);
    public static readonly Script Stage = new("stage", false);
    public static readonly Script ReportExpansion = new("report", false);
    public static readonly Script Report = new("report", true);
    public static readonly Script Renew = new("renew", true);
    public static readonly Script Register = new("register", true);
    public static readonly Script Unregister = new("unregister", true, evenClosed: true);
    public static readonly Script Take = new("take", true, evenClosed: true);
    public static readonly Script Due = new("due", true);
    public static readonly Script Wake = new("wake", true);
    public static readonly Script Advance = new("advance", true, evenClosed: true);
    public static readonly Script Cancel = new("cancel", true);
    public static readonly Script Delete = new("delete", true);
    public static readonly Script Acquire = new("acquire", true);
    public static readonly Script Return = new("return", true);
    public static readonly Script Tell = new("tell", true);
    public static readonly Script Drain = new("drain", true);
    public static readonly Script Log = new("log", false);
    public static readonly Script Turn = new("turn", false);
    public static readonly Script Keep = new("keep", true);
    public static readonly Script Cool = new("cool", true);
    public static readonly Script Plan = new("plan", false);
    public static readonly Script Retry = new("retry", false);
    public static readonly Script Close = new("close", true, evenClosed: true);
    public static readonly Script Draft = new("draft", false);
    public static readonly Script Appear = new("appear", false);
    public static readonly Script Drop = new("drop", true);
    public static readonly Script Figures = new("figures", false);
    public static readonly Script Open = new("open", true);

    public string Name { get; }

    public string Text { get; }

    public byte[] Hash { get; }

    public IReadOnlyList<string> PartitionKeys { get; }

    /// <summary>Puts the numbers of the tables L, R, S and W in place of their names: looking them up each time took a tenth of a script.</summary>
    private static string Fold(string text)
    {
        const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture;
        foreach (var table in Regex.Matches(text, @"local (?<table>[LRSW]) = \{ (?<pairs>.*) \}\n", Options).ToList())
        {
            var numbers = table.Groups["pairs"].Value.Split(", ").Select(pair => pair.Split(" = ")).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
            text = Regex.Replace(
                text.Replace(table.Value, "", StringComparison.Ordinal), $@"\b{table.Groups["table"].Value}\.(?<name>\w+)", name => numbers[name.Groups["name"].Value], Options);
        }

        return text;
    }

    private static string[] Words(string body, string mark)
    {
        var line = body.Split('\n').FirstOrDefault(line => line.StartsWith(mark, StringComparison.Ordinal));
        return line is null ? [] : line[mark.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Without comments and indentation, which the server would keep in memory and the network carry for nothing.</summary>
    private static FrozenDictionary<string, string> ReadFiles()
    {
        var assembly = typeof(Script).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.EndsWith(".lua", StringComparison.Ordinal)).ToFrozenDictionary(
            name => name[..^4],
            name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                var lines = reader.ReadToEnd().Split('\n').Select(line => line.Trim())
                    .Where(line => line.Length > 0 && (!line.StartsWith("--", StringComparison.Ordinal) || line.StartsWith("--!", StringComparison.Ordinal)));
                return string.Join('\n', lines) + "\n";
            },
            StringComparer.Ordinal);
    }
}
