using System.Diagnostics;

namespace Ripieno.Callbacks;

/// <summary>Runs a configured command for a message: the JSON on its standard input, no shell, its process group ended at the time limit.</summary>
internal sealed class CommandRunner(TimeProvider time)
{
    /// <summary>How long output is waited for after the end: something in the background may hold it open.</summary>
    private static readonly TimeSpan OutputPatience = TimeSpan.FromSeconds(1);

    public async Task<Delivery> RunAsync(CallbackTarget.Command command, CallbackNotice notice, CancellationToken cancellation)
    {
        string[] arguments = [.. command.Arguments.Select(argument => CallbackText.Render(argument, notice.Body))];
        if (Find(arguments[0], command.Folder) is not { } program)
            return new(DeliveryResult.Failed, $"there is no command '{arguments[0]}' on this machine");
        var start = ProcessGroup.Describe(program, arguments.Skip(1));
        start.WorkingDirectory = command.Folder;
        var data = notice.Body.GetProperty("data");
        start.Environment["RIPIENO_RUN"] = data.GetProperty("id").GetString();
        start.Environment["RIPIENO_STATUS"] = data.GetProperty("status").GetString();
        start.Environment["RIPIENO_MESSAGE"] = notice.Id;
        try
        {
            using var process = Process.Start(start)!;
            return await AttendAsync(process, command, notice.Bytes, cancellation);
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return new(DeliveryResult.Failed, $"'{program}' cannot be started: {exception.Message}");
        }
    }

    private async Task<Delivery> AttendAsync(Process process, CallbackTarget.Command command, byte[] message, CancellationToken cancellation)
    {
        // One for each stream: the two are read at the same time, so that what came last on both is nobody's to know.
        OutputTail output = new(), errors = new();
        var reading = Task.WhenAll(output.ReadAsync(process.StandardOutput), errors.ReadAsync(process.StandardError));
        using var limit = new CancellationTokenSource(command.TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var isInTime = true;
        try
        {
            await WriteAsync(process, message, either.Token);
            await process.WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            ProcessGroup.End(process);
            await process.WaitForExitAsync(CancellationToken.None);
            cancellation.ThrowIfCancellationRequested();
            isInTime = false;
        }

        await reading.WaitAsync(OutputPatience, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var reason = new[] { errors, output }.Select(tail => tail.ToString()).FirstOrDefault(text => text.Length > 0) is { } last ? $": {last}" : "";
        if (!isInTime)
            return new(DeliveryResult.Failed, $"ended at its time limit of {Durations.Text(command.TimeLimit)}{reason}");
        return process.ExitCode == 0 ? new(DeliveryResult.Taken, "exit code 0") : new(DeliveryResult.Failed, $"exit code {process.ExitCode}{reason}");
    }

    private static async Task WriteAsync(Process process, byte[] message, CancellationToken cancellation)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(message, cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It does not read, or has ended: its exit code tells.
        }
    }

    /// <summary>As a shell would find it. By hand, because .NET looks beside its own program and in the current folder first.</summary>
    private static string? Find(string program, string folder)
    {
        if (program.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal))
            return Path.GetFullPath(program, folder) is var path && File.Exists(path) ? path : null;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.Where(Path.IsPathRooted).Select(place => Path.Combine(place, program)).FirstOrDefault(File.Exists);
    }
}
