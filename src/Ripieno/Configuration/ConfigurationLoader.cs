using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration;

/// <summary>
/// Loads the configuration: built-in defaults, then the files that the file extends, the file, <c>OLLAMA_HOST</c>, and the command line, each over the one
/// before. All problems are told at once.
/// </summary>
internal static class ConfigurationLoader
{
    /// <summary>Finds, reads, merges and checks.</summary>
    /// <param name="file">What <c>--config</c> says; null = look for <see cref="ConfigurationFile.Standard"/>.</param>
    /// <param name="overrides">Options of the command line.</param>
    /// <param name="currentFolder">Where to look; what relative paths on the command line start from.</param>
    /// <param name="environment">Looks up an environment variable.</param>
    /// <exception cref="InvalidInputException">Something is wrong; holds every problem.</exception>
    public static LoadedConfiguration Load(
        string? file, CommandLineOverrides overrides, string currentFolder, Func<string, string?> environment)
    {
        var problems = new List<Problem>();
        var files = new ConfigurationFile(Path.GetFullPath(currentFolder), problems);
        var path = files.Find(file);
        var root = path is null ? SourceObject.Empty : files.Read(path, file);
        var projectFolder = path is null ? Path.GetFullPath(currentFolder) : ConfigurationFile.ProjectFolder(path);

        var (options, origins) = (ConfigurationBinder.Bind(root), ConfigurationOrigins.Of(root));
        var host = environment(OllamaHost.Variable);
        (options, origins) = EnvironmentLayer(options, origins, host);
        (options, origins) = new CommandLineLayer(overrides, Path.GetFullPath(currentFolder), problems).Apply(options, origins);
        if (!string.IsNullOrWhiteSpace(host) && OllamaHost.Parse(host) is null && EffectiveEndpoints.ProvidersInUse(options).Contains(ProviderKind.Ollama))
            problems.Add(new Problem(null, null, OllamaHost.Variable, "a value that is no address", OllamaHost.Expected, "Correct or unset it."));

        problems.AddRange(ConfigurationValidation.Validate(options, origins, environment, prompt => File.Exists(Path.Combine(projectFolder, prompt))));
        if (problems.Count > 0)
            throw new InvalidInputException(problems);
        var shown = path is null ? null : root.Origin.Name ?? path;
        return new LoadedConfiguration(options, projectFolder, shown, origins, EffectiveEndpoints.Of(options, environment));
    }

    // The variable names one server, so it replaces a list of them too.
    private static (RipienoOptions Options, ConfigurationOrigins Origins) EnvironmentLayer(RipienoOptions options, ConfigurationOrigins origins, string? host)
    {
        if (string.IsNullOrWhiteSpace(host) || OllamaHost.Parse(host) is not { } url)
            return (options, origins);
        var ollama = EffectiveEndpoints.Provider(options, ProviderKind.Ollama) with { Host = url, Endpoints = [] };
        var runtime = options.Runtime with { Providers = options.Runtime.Providers.SetItem(ProviderKind.Ollama, ollama) };
        var places = new ConfigurationOrigins(origins.ByPlace.RemoveRange(
            origins.ByPlace.Keys.Where(place => place.StartsWith("runtime.ollama.endpoints", StringComparison.Ordinal))));
        return (options with { Runtime = runtime }, places.With("runtime.ollama.host", new Origin(OriginKind.Environment, OllamaHost.Variable)));
    }
}
