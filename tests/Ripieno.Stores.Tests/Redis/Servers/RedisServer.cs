using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Ripieno.Stores.Tests.Redis.Servers;

/// <summary>
/// A real redis-server with a folder of its own on a loopback port of its own, which can be killed, frozen and started again. It dies with the process that started it.
/// <c>RIPIENO_TEST_REDIS=host:port</c> makes <see cref="SharedAsync"/> use a running server instead.
/// </summary>
/// <remarks>Knows neither the store nor a test framework, so that other projects can link this folder.</remarks>
internal sealed class RedisServer : IAsyncDisposable
{
    /// <summary>Far above what a start takes; reached only by a hang.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly Lazy<Task<RedisServer>> Shared = new(StartSharedAsync);

    private readonly RedisServerOptions _options;
    private readonly SemaphoreSlim _turn = new(1);
    private Process? _process;
    private Task<string>? _error;
    private RedisWire? _wire;
    private FileStream? _held;

    private RedisServer(RedisServerOptions options, string folder, string host, int port)
    {
        (_options, Folder, Host, Port) = (options, folder, host, port);
    }

    /// <summary>Where the server keeps its files, log and append-only file included.</summary>
    public string Folder { get; }

    public string Host { get; }

    public int Port { get; }

    public string Endpoint => $"{Host}:{Port}";

    /// <summary>Only with <see cref="RedisServerOptions.Certificate"/>.</summary>
    public int TlsPort => Port - 2;

    /// <summary>Only with <see cref="RedisServerOptions.Certificate"/>.</summary>
    public string TlsEndpoint => $"{Host}:{TlsPort}";

    /// <summary>Only with <see cref="RedisServerOptions.HasBus"/>. Not the usual 10,000 above <see cref="Port"/>: there outgoing connections get theirs.</summary>
    public int BusPort => Port - 1;

    public int Pid => Own.Id;

    public bool HasExited => Own.HasExited;

    private Process Own => _process ?? throw new InvalidOperationException($"The server at {Endpoint} is not the tests' own: RIPIENO_TEST_REDIS names it.");

    /// <summary>One for the whole process, started by whoever asks first, ended when the process ends.</summary>
    public static Task<RedisServer> SharedAsync() => Shared.Value;

    public static async Task<RedisServer> StartAsync(RedisServerOptions? options = null)
    {
        var folder = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), "ripieno-redis-" + Guid.NewGuid().ToString("n"));
        Directory.CreateDirectory(folder);
        for (var attempt = 1; ; attempt++)
        {
            // Below the ports that outgoing connections get, so that nobody takes it while the server is down.
            var server = new RedisServer(options ?? new(), folder, "127.0.0.1", Random.Shared.Next(10_000, 16_000) * 2 + 1);
            server._held = Hold(server.Port);
            if (server._held is not null && await server.TryRunAsync())
                return server;
            await (server._held?.DisposeAsync() ?? default);
            if (attempt == 20 && server._process is null)
                throw new InvalidOperationException($"All of {attempt} ports belong to servers of other tests.");
            if (attempt == 20)
                throw new InvalidOperationException($"No free port for redis-server in {attempt} attempts.\n{await server.ComplaintAsync()}");
        }
    }

    /// <summary>One command on a connection of the tests' own, with the password if there is one.</summary>
    /// <inheritdoc cref="RedisWire.CallAsync"/>
    public async Task<object?> CallAsync(params string[] command)
    {
        await _turn.WaitAsync();
        try
        {
            _wire ??= await RedisWire.ConnectAsync(Host, Port, _options.Password);
            return await _wire.CallAsync(command);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            Hang();
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>SIGKILL: nothing is flushed, nobody is told.</summary>
    public async Task KillAsync()
    {
        Own.Kill();
        await Own.WaitForExitAsync();
        Hang();
    }

    /// <summary>SIGTERM: the server flushes its append-only file and ends.</summary>
    public async Task StopAsync()
    {
        Signal(SigTerm);
        await Own.WaitForExitAsync();
        Hang();
    }

    /// <summary>SIGSTOP: connections stay open and are accepted, but nothing is answered until <see cref="Thaw"/>.</summary>
    public async Task FreezeAsync()
    {
        Signal(SigStop);
        while (!IsFrozen())
            await PauseAsync();
    }

    public void Thaw() => Signal(SigCont);

    /// <summary>Starts it again on its port and its folder, after killing it if it is alive.</summary>
    public async Task RestartAsync()
    {
        if (!Own.HasExited)
            await KillAsync();
        var since = Stopwatch.GetTimestamp();
        while (!await TryRunAsync())
        {
            if (Stopwatch.GetElapsedTime(since) > Patience)
                throw new InvalidOperationException($"Port {Port} was taken while redis-server was down.\n{await ComplaintAsync()}");
        }
    }

    /// <summary>A copy of what it has written so far.</summary>
    public string Copy()
    {
        var copy = Path.Combine(Folder, "copy-" + Guid.NewGuid().ToString("n"));
        Copy(Files, copy);
        return copy;
    }

    /// <summary>Kills it and starts it again with an older copy of its files.</summary>
    public async Task RestartAsync(string copy)
    {
        await KillAsync();
        Directory.Delete(Files, recursive: true);
        Copy(copy, Files);
        await RestartAsync();
    }

    /// <summary>One figure of INFO.</summary>
    public async Task<long> FigureAsync(string section, string name)
    {
        var line = ((string)(await CallAsync("INFO", section))!).Split("\r\n").First(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return long.Parse(line[(name.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>Fills a small disk (<see cref="RedisServerOptions.Disk"/>) as another program would. Deleting the file makes room again.</summary>
    /// <returns>The file that fills it.</returns>
    public string FillDisk()
    {
        var path = $"/proc/{Pid}/root{Folder}/ballast";
        using var ballast = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        try
        {
            while (true)
                ballast.Write(new byte[4096]);
        }
        catch (IOException)
        {
            return path;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Hang();
        if (_process is null)
            return;
        await KillAsync();
        Directory.Delete(Folder, recursive: true);
        await (_held?.DisposeAsync() ?? default);
    }

    /// <summary>Several test programs run beside each other: while a server of one is down, no server of another may answer at its place.</summary>
    /// <returns>What holds the port as long as it is open; null when somebody else does.</returns>
    private static FileStream? Hold(int port)
    {
        try
        {
            var file = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"ripieno-redis-port-{port}"));
            return new(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static async Task<RedisServer> StartSharedAsync()
    {
        if (Environment.GetEnvironmentVariable("RIPIENO_TEST_REDIS") is { Length: > 0 } named)
        {
            var colon = named.LastIndexOf(':');
            if (colon < 0 || !int.TryParse(named[(colon + 1)..], CultureInfo.InvariantCulture, out var port))
                throw new InvalidOperationException($"RIPIENO_TEST_REDIS is '{named}'; it must be host:port.");
            var running = new RedisServer(new(), "", named[..colon], port);
            await running.CallAsync("PING");
            return running;
        }

        var server = await StartAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            server.Own.Kill();
            server.Own.WaitForExit();
            Directory.Delete(server.Folder, recursive: true);
        };
        return server;
    }

    /// <summary>Starts the process and waits until it answers; false when the port is taken.</summary>
    private async Task<bool> TryRunAsync()
    {
        _process = await LaunchAsync();
        _error = _process.StandardError.ReadToEndAsync();
        var since = Stopwatch.GetTimestamp();
        while (!await AnswersAsync())
        {
            if (_process.HasExited)
            {
                var complaint = await ComplaintAsync();
                File.Delete(Log);
                return complaint.Contains("Address already in use", StringComparison.Ordinal) ? false : throw new InvalidOperationException("redis-server ended.\n" + complaint);
            }

            if (Stopwatch.GetElapsedTime(since) > Patience)
            {
                _process.Kill();
                throw new InvalidOperationException("redis-server does not answer.\n" + await ComplaintAsync());
            }

            await PauseAsync();
        }

        return true;
    }

    private Task<Process> LaunchAsync()
    {
        var program = Find("redis-server") ?? throw new InvalidOperationException(
            "redis-server is missing. Install the package redis-server (Debian: apt-get install redis-server), or name a running server: RIPIENO_TEST_REDIS=host:port.");
        // A killed test process must not leave servers behind.
        string[] disk = _options.Disk is { } size
            ? ["unshare", "-m", "sh", "-c", "mount -t tmpfs -o \"size=$1\" tmpfs \"$2\" && shift 2 && exec \"$@\"", "sh", size, Folder]
            : [];
        string[] command = [.. Find("setpriv") is { } setpriv ? (string[])[setpriv, "--pdeathsig", "KILL"] : [], .. disk, program, .. Arguments()];
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = Folder };
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        // Linux sends the death signal when the thread that started the process ends, so that thread must live as long: one of the pool would not.
        var thread = new Thread(() =>
        {
            try
            {
                var process = Process.Start(start)!;
                started.SetResult(process);
                process.WaitForExit();
            }
            catch (Exception exception)
            {
                started.TrySetException(exception);
            }
        })
        { IsBackground = true, Name = "redis-server" };
        thread.Start();
        return started.Task;
    }

    private IEnumerable<string> Arguments()
    {
        if (_options.SentinelConfiguration is { } configuration)
        {
            var file = Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"sentinel-{Port}.conf"));
            if (!File.Exists(file))
                File.WriteAllText(file, $"port {Port}\nbind {Host}\ndir {Folder}\nlogfile {Log}\n{configuration}");
            return [file, "--sentinel", .. Encryption(), .. _options.Arguments];
        }

        string[] arguments =
        [
            "--bind", Host, "--port", Port.ToString(CultureInfo.InvariantCulture), "--dir", Folder, "--logfile", Log, "--save", "",
            "--appendonly", _options.AppendOnly ? "yes" : "no", "--appendfsync", _options.AppendFsync,
        ];
        if (_options.Password is { } password)
            arguments = [.. arguments, "--requirepass", password];
        arguments = [.. arguments, .. Encryption()];
        if (_options.HasBus)
            arguments = [.. arguments, "--cluster-port", BusPort.ToString(CultureInfo.InvariantCulture)];
        return arguments.Concat(_options.Arguments);
    }

    private IEnumerable<string> Encryption() => _options.Certificate is { } certificate
        ? ["--tls-port", TlsPort.ToString(CultureInfo.InvariantCulture), "--tls-cert-file", certificate, "--tls-key-file", _options.CertificateKey!, "--tls-auth-clients", "no"]
        : [];

    /// <summary>An answer counts only from the process that was started: the port may be another's.</summary>
    private async Task<bool> AnswersAsync()
    {
        try
        {
            // While it reads its append-only file it answers this with an error.
            await CallAsync("PING");
            return (await CallAsync("INFO", "server") as string)!.Contains($"process_id:{Pid}\r", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or SocketException or InvalidOperationException)
        {
            Hang();
            return false;
        }
    }

    private string Files => Path.Combine(Folder, "appendonlydir");

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private string Log => Path.Combine(Folder, "redis.log");

    private async Task<string> ComplaintAsync() =>
        string.Join('\n', (File.Exists(Log) ? await File.ReadAllLinesAsync(Log) : []).TakeLast(20)) + (Own.HasExited ? await _error! : "");

    private void Hang()
    {
        _wire?.Dispose();
        _wire = null;
    }

    private bool IsFrozen()
    {
        var stat = File.ReadAllText($"/proc/{Pid}/stat");
        return stat[stat.LastIndexOf(')') + 2] == 'T';
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static Task PauseAsync() => Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);

    private void Signal(int signal)
    {
        if (Kill(Pid, signal) != 0)
            throw new Win32Exception();
    }

    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;

#pragma warning disable SYSLIB1054 // Generated marshalling needs unsafe code, which one call is not worth.
    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
#pragma warning restore SYSLIB1054
}
