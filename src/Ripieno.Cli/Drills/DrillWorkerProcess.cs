using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Ripieno.Cli.Grammar;
using Ripieno.Errors;
using Ripieno.Storage;
using Ripieno.Workers;

namespace Ripieno.Cli.Drills;

/// <summary>
/// A worker of a drill: this very executable once more. Its standard input is what it lives by: a line tells it to end, and when the drill is gone, however that came, it ends and cleans up by itself.
/// </summary>
internal sealed class DrillWorkerProcess : IAsyncDisposable
{
    private const string End = "end";

    /// <summary>For the registration of a process on a busy machine and a store that is far away; a hang gets there.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly TimeProvider _time;

    private DrillWorkerProcess(Process process, string instance, TimeProvider time)
    {
        (_process, Instance, _time) = (process, instance, time);
        _error = process.StandardError.ReadToEndAsync();
    }

    public string Instance { get; }

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <param name="invocation">Where the drill runs.</param>
    /// <param name="common">What the drill was told about configuration and store.</param>
    /// <param name="run">The drill's run.</param>
    /// <param name="slots">Of the worker.</param>
    /// <param name="instance">Its id.</param>
    /// <param name="all">Ids of all workers of the drill.</param>
    public static DrillWorkerProcess Start(Invocation invocation, CommonSettings common, string run, int slots, string instance, IEnumerable<string> all)
    {
        var program = Environment.ProcessPath ?? throw new ConflictException("The system does not say what program this is, so a drill cannot start workers.");
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            WorkingDirectory = invocation.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Started as "dotnet Ripieno.Cli.dll", the program is dotnet.
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        foreach (var argument in Arguments(common, run, slots, all))
            start.ArgumentList.Add(argument);
        start.Environment["INSTANCE_ID"] = instance;
        return new(Process.Start(start)!, instance, invocation.Time);
    }

    /// <summary>In the worker: waits until the drill tells it to end.</summary>
    /// <returns>False when the drill is gone instead, or the user has interrupted both.</returns>
    public static async Task<bool> EndIsToldAsync(Invocation invocation, CancellationToken cancellation)
    {
        try
        {
            return await invocation.Terminal.In.ReadLineAsync(cancellation).AsTask().WaitAsync(cancellation) == End;
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C reaches the drill as well, which cleans up; if it cannot, then this one can.
            return false;
        }
    }

    /// <summary>In a worker whose drill is gone: ends the drill's other workers, if they are the very processes that registered.</summary>
    /// <param name="registered">All that are.</param>
    /// <param name="drill">Ids of the drill's.</param>
    /// <param name="self">Not to be killed.</param>
    public static void KillOthers(IEnumerable<InstanceRecord> registered, IReadOnlyCollection<string> drill, InstanceRecord self)
    {
        foreach (var other in registered.Where(one => drill.Contains(one.Id) && one.Incarnation != self.Incarnation && one.Host == self.Host && ProcessIdentity.StartOf(one.Pid) == one.ProcessStart))
        {
            try
            {
                using var process = Process.GetProcessById(other.Pid);
                process.Kill();
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or Win32Exception)
            {
                // It has just ended.
            }
        }
    }

    /// <summary>Waits until it is registered.</summary>
    /// <exception cref="StoreUnavailableException">It has ended, or says nothing.</exception>
    public async Task StartedAsync(CancellationToken cancellation)
    {
        try
        {
            if (await _process.StandardOutput.ReadLineAsync(cancellation).AsTask().WaitAsync(StartPatience, _time, cancellation) is not null)
                return;
        }
        catch (TimeoutException)
        {
            Kill();
        }

        throw await EndedAsync(cancellation);
    }

    /// <summary>What to report when it has ended although it should not.</summary>
    public async Task<StoreUnavailableException> EndedAsync(CancellationToken cancellation)
    {
        var error = (await _error.WaitAsync(cancellation)).Trim();
        return new($"The drill's worker {Instance} ended before it was to. It said: {(error.Length > 0 ? error : "nothing")}");
    }

    /// <summary>SIGKILL: no handler runs, nothing is handed back.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGSTOP: it stays, and falls silent.</summary>
    /// <exception cref="ConflictException">This system has no such signal.</exception>
    public void Freeze()
    {
        try
        {
            using var kill = Process.Start("kill", ["-STOP", Pid.ToString(CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
            if (kill.ExitCode == 0)
                return;
        }
        catch (Win32Exception)
        {
            // As below.
        }

        throw new ConflictException("This system has no 'kill -STOP', so no process can be frozen. Leave out --freeze.");
    }

    /// <summary>Tells it to end; kills it when it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(End);
            await _process.StandardInput.FlushAsync();
            await _process.WaitForExitAsync().WaitAsync(EndPatience, _time);
        }
        catch (Exception exception) when (exception is IOException or TimeoutException or InvalidOperationException)
        {
            if (!_process.HasExited)
                Kill();
        }

        _process.Dispose();
    }

    private static IEnumerable<string> Arguments(CommonSettings common, string run, int slots, IEnumerable<string> all)
    {
        foreach (var argument in (string[])["drill", "worker", run, "--slots", slots.ToString(CultureInfo.InvariantCulture), "--quiet", "--instances", .. all])
            yield return argument;
        if (common.Config is { } config)
        {
            yield return "--config";
            yield return config;
        }

        if (common.Store is { } store)
        {
            yield return "--store";
            yield return store;
        }
    }
}
