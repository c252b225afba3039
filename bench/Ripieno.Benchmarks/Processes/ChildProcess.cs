using System.Diagnostics;

namespace Ripieno.Benchmarks.Processes;

/// <summary>This program once more, in another role. It answers each line that it is sent, and ends when it is sent no more.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public ProcessMemory Memory => ProcessMemory.Of(_process.Id);

    /// <summary>Starts it and waits until it says that it is ready.</summary>
    public static async Task<ChildProcess> StartAsync(IEnumerable<string> arguments, CancellationToken cancellation)
    {
        var assembly = typeof(ChildProcess).Assembly.Location;
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(assembly);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var child = new ChildProcess(Process.Start(start)!);
        if (await child.ReadAsync(cancellation) is var said && said != Roles.Ready)
            throw new InvalidOperationException($"The child process said '{said}' instead of '{Roles.Ready}'.");
        return child;
    }

    /// <summary>Sends a line and returns the answer to it.</summary>
    public async Task<string> AskAsync(string line, CancellationToken cancellation)
    {
        await _process.StandardInput.WriteLineAsync(line.AsMemory(), cancellation);
        return await ReadAsync(cancellation);
    }

    public async Task<string> ReadAsync(CancellationToken cancellation) => await _process.StandardOutput.ReadLineAsync(cancellation).AsTask().WaitAsync(Patience, cancellation)
        ?? throw new InvalidOperationException($"The child process {_process.Id} has ended unasked; its error stands above.");

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
