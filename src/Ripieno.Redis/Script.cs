using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ripieno.Storage;

namespace Ripieno.Redis;

/// <summary>
/// A script as it goes to the server. Its file says in its first lines which of the partition's keys it touches (<c>--!keys</c>) and which files it is made of besides (<c>--!uses</c>); it is
/// put together here, so that what several scripts share is written once.
/// </summary>
internal sealed class Script
{
    private static readonly FrozenDictionary<string, string> Files = ReadFiles();

    private static readonly FrozenSet<string> AllKeys = Files.Values.SelectMany(file => Words(file, "--!keys ")).ToFrozenSet(StringComparer.Ordinal);

    private Script(string name, bool evenWithoutMemory, bool evenClosed = false)
    {
        Name = name;
        var body = Files[name];
        PartitionKeys = [.. Words(body, "--!keys ")];
        var head = evenWithoutMemory ? "#!lua flags=allow-oom\n" : "#!lua\n";
        var constants = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["SCHEMA"] = $"'{RedisStore.SchemaVersion}'",
            ["FIRST"] = Number(PartitionKeys.Length + 1),
            ["UNCOUNTED"] = $"'{RunSubmission.Uncounted}'",
            ["EVEN_CLOSED"] = evenClosed ? "true" : "false",
        };
        // What is shared speaks of keys that not every script that shares it has, or ever comes to.
        foreach (var key in AllKeys)
            constants["K." + key] = PartitionKeys.IndexOf(key) is var at and >= 0 ? $"KEYS[{Number(at + 1)}]" : "nil";
        (constants["RUNLISTS"], constants["ENDLISTS"]) = PartitionKeys.Contains("runs:1") ? (PlaceOf("runs:"), PlaceOf("ended:")) : ("nil", "nil");
        Text = head + ScriptLinker.Link(string.Concat(Words(body, "--!uses ").Append(name).Select(file => Files[file])), constants);
        // The server names scripts by SHA-1; nothing here relies on its strength.
#pragma warning disable CA5350
        Hash = SHA1.HashData(Encoding.UTF8.GetBytes(Text));
#pragma warning restore CA5350
    }

    // Scripts that free memory, or finish what was begun, go on when the server is out of memory; those that bring something new do not.
    public static readonly Script Submit = new("submit", false);
    public static readonly Script Claim = new("claim", false);
    public static readonly Script Stage = new("stage", false);
    public static readonly Script Report = new("report", true);
    public static readonly Script ReportAndBegin = new("report", false);
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

    public ImmutableArray<string> PartitionKeys { get; }

    /// <summary>Where in KEYS the one with the number 0 stands or would stand, of those that a number of 1 to 3 tells apart.</summary>
    private string PlaceOf(string name)
    {
        var at = PartitionKeys.IndexOf(name + "1");
        return PartitionKeys.Skip(at).Take(3).SequenceEqual([name + "1", name + "2", name + "3"], StringComparer.Ordinal)
            ? Number(at)
            : throw new InvalidOperationException($"The keys {name}1 and so on of {Name}.lua do not stand in order, one behind the other.");
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string[] Words(string body, string mark)
    {
        var line = body.Split('\n').FirstOrDefault(line => line.StartsWith(mark, StringComparison.Ordinal));
        return line is null ? [] : line[mark.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private static FrozenDictionary<string, string> ReadFiles()
    {
        var assembly = typeof(Script).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.EndsWith(".lua", StringComparison.Ordinal)).ToFrozenDictionary(
            name => name[..^4],
            name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                return reader.ReadToEnd();
            },
            StringComparer.Ordinal);
    }
}
