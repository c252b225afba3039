using System.Diagnostics;

namespace Ripieno.EndToEnd.Tests.Processes;

/// <summary>A real ripieno process.</summary>
internal sealed class RipienoProcess : IDisposable
{
    /// <summary>Far above what any command here takes; reached only by a hang, which then fails the test with its output.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>The command as it was built beside these tests, in its own folder: the copy here lacks what only the command needs.</summary>
    private static readonly string Program = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)
        .Replace(Path.Combine("tests", "Ripieno.EndToEnd.Tests"), Path.Combine("src", "Ripieno.Cli"), StringComparison.Ordinal) + "/Ripieno.Cli.dll";

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private RipienoProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    public static RipienoProcess Start(Workspace workspace, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = workspace.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(Program);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        // Whatever the developer's shell says about Ollama or instances must not reach a test.
        start.Environment.Remove("OLLAMA_HOST");
        start.Environment.Remove("INSTANCE_ID");
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new(process);
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
        using var kill = Process.Start("kill", ["-" + name, Pid.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
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
            Assert.Fail($"ripieno did not end.\n{await _output}\n{await _error}");
        }

        return new(_process.ExitCode, await _output, await _error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
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
