using System.Diagnostics;
using System.Globalization;

namespace Ripieno.EndToEnd.Tests.Processes;

/// <summary>A real ripieno process.</summary>
internal sealed class RipienoProcess : IDisposable
{
    /// <summary>Far above what any command here takes; reached only by a hang, which then fails the test with its output.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>
    /// The command as users get it, with native code, where whoever starts these tests says where it is: a hundred starts cost half the time. Else as it was built beside these tests, in its own folder: the copy here
    /// lacks what only the command needs.
    /// </summary>
    private static readonly string Program = Environment.GetEnvironmentVariable("RIPIENO_COMMAND") ?? AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)
        .Replace(Path.Combine("tests", "Ripieno.EndToEnd.Tests"), Path.Combine("src", "Ripieno.Cli"), StringComparison.Ordinal) + "/Ripieno.Cli.dll";

    /// <summary>The folder of the command as users get it; null = nobody has said where it is.</summary>
    public static string? Published { get; } = Path.GetDirectoryName(Environment.GetEnvironmentVariable("RIPIENO_COMMAND"));

    private readonly Process _process;
    private readonly ToldText _output;
    private readonly ToldText _error;
    private readonly Launcher? _launcher;

    private RipienoProcess(Process process, Launcher? launcher)
    {
        _process = process;
        _launcher = launcher;
        _output = new(process.StandardOutput);
        _error = new(process.StandardError);
    }

    /// <summary>Of the command itself, not of what launched it.</summary>
    public int Pid => _launcher is null ? _process.Id : int.Parse(File.ReadAllText(_launcher.PidFile), CultureInfo.InvariantCulture);

    /// <summary>False until the pid is known.</summary>
    public bool IsStarted => _launcher is null || (File.Exists(_launcher.PidFile) && File.ReadAllText(_launcher.PidFile).EndsWith('\n'));

    public string OutputSoFar => _output.SoFar;

    public string ErrorSoFar => _error.SoFar;

    public bool HasExited => _process.HasExited;

    /// <summary>True after SIGSTOP, until SIGCONT.</summary>
    public bool IsFrozen
    {
        get
        {
            var stat = File.ReadAllText($"/proc/{Pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] == 'T';
        }
    }

    public static RipienoProcess Start(Workspace workspace, IReadOnlyDictionary<string, string>? environment, params string[] arguments) =>
        Start(null, workspace, environment, arguments);

    public static RipienoProcess Start(Launcher? launcher, Workspace workspace, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        // Tests that a script runs in the background hand on that Ctrl-C is ignored. (env becomes the command, so the pid is the command's.)
        string[] command = [.. launcher?.Before(workspace.Folder) ?? ["env", "--default-signal=INT"], "dotnet", Program, .. arguments];
        var start = new ProcessStartInfo(command[0])
        {
            WorkingDirectory = workspace.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        foreach (var argument in command.Skip(1))
            start.ArgumentList.Add(argument);
        // Whatever the developer's shell says about providers, instances or a Redis must not reach a test.
        foreach (var variable in (string[])["OLLAMA_HOST", "INSTANCE_ID", "RIPIENO_REDIS", "RIPIENO_REDIS_USER", "RIPIENO_REDIS_PASSWORD", "RIPIENO_REDIS_PASSWORD_FILE", "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "GITHUB_TOKEN"])
            start.Environment.Remove(variable);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        if (launcher is not null)
            File.Delete(launcher.PidFile);
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new(process, launcher);
    }

    public static Task<ProcessResult> RunAsync(Workspace workspace, params string[] arguments) => RunAsync(workspace, null, arguments);

    public static async Task<ProcessResult> RunAsync(Workspace workspace, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        using var cli = Start(workspace, environment, arguments);
        return await cli.WaitAsync();
    }

    /// <summary>SIGKILL: no handler runs, no buffer is flushed.</summary>
    public void Kill() => _process.Kill();

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, Pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async Task<ProcessResult> WaitAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            Assert.Fail($"ripieno did not end.\n{await _output.WholeAsync()}\n{await _error.WholeAsync()}");
        }

        return new(_process.ExitCode, await _output.WholeAsync(), await _error.WholeAsync());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}

internal sealed record ProcessResult(int ExitCode, string Output, string Error)
{
    /// <summary>Fails with everything that was printed when the exit code is another.</summary>
    public ProcessResult Exits(int code)
    {
        Assert.True(ExitCode == code, $"Exit code {ExitCode}, expected {code}.\n--- output\n{Output}\n--- error\n{Error}");
        Assert.DoesNotContain("   at Ripieno.", Error, StringComparison.Ordinal);
        return this;
    }
}
