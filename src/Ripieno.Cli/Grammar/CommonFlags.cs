using System.CommandLine;

namespace Ripieno.Cli.Grammar;

/// <summary>Options that every command takes.</summary>
internal static class CommonFlags
{
    public static readonly Option<string?> Config = new("--config")
    {
        HelpName = "FILE",
        Recursive = true,
        Description = "Config file; otherwise config/agents.config.json here or in a parent folder, else built-in defaults",
    };

    public static readonly Option<string?> Store = new("--store")
    {
        HelpName = "URL",
        Recursive = true,
        Description = "Where runs are kept, instead of what the config says: sqlite:PATH or redis:HOST:PORT (rediss: = TLS)",
    };

    public static readonly Option<bool> Json = new("--json")
    {
        Recursive = true,
        Description = "Write JSON to standard output; streams as one object per line",
    };

    public static readonly Option<bool> Quiet = new("--quiet", "-q")
    {
        Recursive = true,
        Description = "Write the result only",
    };
}

/// <summary>What the options say that every command takes.</summary>
internal sealed record CommonSettings(string? Config, string? Store, bool Json, bool Quiet)
{
    public static CommonSettings Of(ParseResult parsed) => new(
        parsed.GetValue(CommonFlags.Config), parsed.GetValue(CommonFlags.Store), parsed.GetValue(CommonFlags.Json), parsed.GetValue(CommonFlags.Quiet));

    /// <summary>Nobody reads along: neither a person nor a line that says what is going on is wanted.</summary>
    public bool IsSilent => Json || Quiet;
}
