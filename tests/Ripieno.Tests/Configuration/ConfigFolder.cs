using Ripieno.Configuration;

namespace Ripieno.Tests.Configuration;

/// <summary>A project folder of its own for one test.</summary>
internal sealed class ConfigFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ripieno-config-");

    public string Path => _folder.FullName;

    /// <summary>The environment that the loader sees; empty unless a test fills it.</summary>
    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    public ConfigFolder With(string file, string text)
    {
        var path = System.IO.Path.Combine(Path, file);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return this;
    }

    public LoadedConfiguration Load(string? file = null, CommandLineOverrides? overrides = null, string below = "") =>
        ConfigurationLoader.Load(
            file, overrides ?? CommandLineOverrides.None, System.IO.Path.Combine(Path, below), name => Environment.GetValueOrDefault(name));

    public static LoadedConfiguration LoadText(string text, CommandLineOverrides? overrides = null)
    {
        using var folder = new ConfigFolder();
        return folder.With(ConfigurationFile.Standard, text).Load(overrides: overrides);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
