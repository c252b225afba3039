using System.Text.Json;
using Ripieno.Callbacks;
using Ripieno.Documents;
using Ripieno.Errors;

namespace Ripieno.Configuration;

/// <summary>
/// Loads the configuration: built-in defaults, then the files that the file extends, the file, what a program brings, <c>OLLAMA_HOST</c>, <c>INSTANCE_ID</c> and what the variables that the file names hold, and the command
/// line, each over the one
/// before; user and password of a Redis from the environment where nothing else names them. All problems are told at once.
/// </summary>
internal static class ConfigurationLoader
{
    /// <summary>Names the instance, over what the file says.</summary>
    public const string InstanceVariable = "INSTANCE_ID";

    /// <summary>Finds, reads, merges and checks.</summary>
    /// <param name="file">What <c>--config</c> says; null = look for <see cref="ConfigurationFile.Standard"/>.</param>
    /// <param name="overrides">Options of the command line.</param>
    /// <param name="currentFolder">Where to look; what relative paths on the command line start from.</param>
    /// <param name="environment">Looks up an environment variable.</param>
    /// <param name="program">What a program brings in code; null = nothing.</param>
    /// <exception cref="InvalidInputException">Something is wrong; holds every problem.</exception>
    public static LoadedConfiguration Load(
        string? file, CommandLineOverrides overrides, string currentFolder, Func<string, string?> environment, ProgramLayer? program = null)
    {
        var problems = new List<Problem>();
        var current = Path.GetFullPath(currentFolder);
        var files = new ConfigurationFile(current, problems);
        var path = files.Find(file);
        var root = path is null ? SourceObject.Empty : files.Read(path, file);
        var projectFolder = path is null ? current : ConfigurationFile.ProjectFolder(path);
        var layer = new CommandLineLayer(overrides, current, problems);
        return Assemble(root, projectFolder, layer, environment, file => File.Exists(Path.Combine(projectFolder, file)), file => Text(Path.Combine(projectFolder, file)), problems, program) with
        {
            File = path is null ? null : root.Origin.Name ?? path,
            Files = files.Chain,
        };
    }

    /// <summary>Lays environment and command line over a tree of files and checks the whole. Pure but for the functions given.</summary>
    /// <param name="root">The files, merged.</param>
    /// <param name="projectFolder">Absolute.</param>
    /// <param name="commandLine">Adds to the same problems.</param>
    /// <param name="environment">Looks up an environment variable.</param>
    /// <param name="fileExists">Tells whether a file relative to the project folder exists.</param>
    /// <param name="readFile">The text of a file relative to the project folder; null when it cannot be read.</param>
    /// <param name="problems">Those found so far.</param>
    /// <param name="program">What a program brings in code; null = nothing.</param>
    public static LoadedConfiguration Assemble(
        SourceObject root, string projectFolder, CommandLineLayer commandLine, Func<string, string?> environment, Func<string, bool> fileExists,
        Func<string, string?> readFile, List<Problem> problems, ProgramLayer? program = null)
    {
        var (options, origins) = ((program ?? ProgramLayer.None).Apply(ConfigurationBinder.Bind(root), problems), ConfigurationOrigins.Of(root));
        var host = environment(OllamaHost.Variable);
        (options, origins) = EnvironmentLayer(options, origins, host);
        var name = new SourceScalar(new Origin(OriginKind.Environment, InstanceVariable), JsonValueKind.String, environment(InstanceVariable) ?? "");
        if (name.Value.Length > 0 && ConfigurationTexts.Name.Check(name, InstanceVariable, problems) is not null)
            (options, origins) = (options with { Runtime = options.Runtime with { Instance = name.Value } }, origins.With("runtime.instance", new Origin(OriginKind.Environment, InstanceVariable)));
        options = AzureOpenAI.WithEnvironment(options, environment);
        (options, origins) = commandLine.Apply(options, origins);
        (options, origins) = EffectiveStore.WithEnvironment(options, origins, environment);
        if (!string.IsNullOrWhiteSpace(host) && OllamaHost.Parse(host) is null && EffectiveEndpoints.ProvidersInUse(options).Contains(ProviderKind.Ollama))
            problems.Add(new Problem(null, null, OllamaHost.Variable, "a value that is no address", OllamaHost.Expected, "Correct or unset it."));

        var store = new EffectiveStore(options.Runtime.Store, origins, environment, fileExists, readFile);
        problems.AddRange(store.Problems(problems));
        problems.AddRange(ConfigurationValidation.Validate(options, origins, environment, fileExists, problems));
        problems.AddRange([.. CallbackKeys.Problems(options, origins, environment, readFile, problems)]);
        if (problems.Count > 0)
            throw new InvalidInputException(problems);
        return new LoadedConfiguration(options, projectFolder, null, origins, EffectiveEndpoints.Of(options, environment))
        {
            Redis = store.Target(projectFolder),
            Callbacks = CallbackTargets.Of(options.Callbacks, projectFolder, environment, readFile),
        };
    }

    private static string? Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
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
