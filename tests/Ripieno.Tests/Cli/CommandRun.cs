using Ripieno.Cli;

namespace Ripieno.Tests.Cli;

/// <summary>Runs command lines inside the test's process, in a folder of their own.</summary>
internal sealed class CommandRun : IDisposable
{
    private readonly Dictionary<string, string?> _variables = new(StringComparer.Ordinal);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ripieno-cli-");

    public string Folder => _folder.FullName;

    public Interruption Interruption { get; set; } = new(_ => { });

    public Func<Stream> Input { get; set; } = () => Stream.Null;

    public string[] Files => [.. Directory.EnumerateFileSystemEntries(Folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Folder, path))];

    public CommandRun With(string file, string text)
    {
        var path = Path.Combine(Folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return this;
    }

    public CommandRun WithVariable(string name, string value)
    {
        _variables[name] = value;
        return this;
    }

    /// <summary>A project whose runs take no time and no model.</summary>
    public CommandRun WithSimulation(double revisionRate = 0, string latency = "1ms") => With(
        "config/agents.config.json",
        $$"""{ "runtime": { "defaultProvider": "simulated", "simulated": { "latency": "{{latency}}", "revisionRate": {{revisionRate}}, "concurrency": 4 } } }""");

    public Task<CommandOutcome> RunAsync(params string[] args) => Start(out _, args);

    /// <param name="output">What it has written to standard output so far.</param>
    /// <param name="args">Its arguments.</param>
    public Task<CommandOutcome> Start(out Func<string> output, params string[] args)
    {
        var text = new StringWriter();
        var writer = TextWriter.Synchronized(text);
        output = Read;
        return ExecuteAsync();

        string Read()
        {
            // What the writer's own methods lock.
            lock (writer)
                return text.ToString();
        }

        async Task<CommandOutcome> ExecuteAsync()
        {
            using var error = new StringWriter();
            var code = await CommandLine.RunAsync(args, new()
            {
                Terminal = Terminal.Plain(TextReader.Null, writer, TextWriter.Synchronized(error)),
                Time = TimeProvider.System,
                Folder = Folder,
                Variable = name => _variables.GetValueOrDefault(name),
                Interruption = Interruption,
                OpenInput = Input,
            });
            return new(code, Read(), error.ToString());
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);
}

internal sealed record CommandOutcome(int ExitCode, string Output, string Error);
