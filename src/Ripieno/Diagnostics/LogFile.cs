using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Ripieno.Diagnostics;

/// <summary>
/// Makes loggers that write JSON lines to <c>ripieno-yyyyMMdd-pid.jsonl</c>, one file for each process and day, so that processes never
/// write to the same file. The file is made by the first line. Logging never fails and never delays its caller: when the disk cannot keep
/// up, the oldest unwritten lines are dropped; when it cannot be written to, <see cref="Trouble"/> says why.
/// </summary>
internal sealed class LogFile : ILoggerFactory, IAsyncDisposable
{
    // About 2 MB of lines: minutes of a busy instance, and a bound when the disk hangs.
    private const int Backlog = 8192;

    private static readonly TimeSpan FlushPatience = TimeSpan.FromSeconds(2);

    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly LogLevel _minimum;
    private readonly LoggerExternalScopeProvider _scopes = new();
    private readonly Channel<LogLine> _lines = Channel.CreateBounded<LogLine>(
        new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly Task _writing;
    private volatile string? _trouble;

    /// <param name="folder">Where the files go; made when missing.</param>
    /// <param name="instance">Whose lines they are.</param>
    /// <param name="time">For the lines' times and the files' dates.</param>
    /// <param name="minimum">Lines below it are dropped.</param>
    public LogFile(string folder, string instance, TimeProvider time, LogLevel minimum = LogLevel.Information)
    {
        _folder = folder;
        Instance = instance;
        _time = time;
        _minimum = minimum;
        _writing = Task.Run(WriteAsync);
    }

    public string Instance { get; }

    /// <summary>Names the lines of this process.</summary>
    public LogIds Ids { get; } = new();

    /// <summary>Told of each line, in the caller's thread: must not wait and not throw.</summary>
    public Action<LogLine>? Added { get; set; }

    /// <summary>Why lines are being lost, for people; null when none is.</summary>
    public string? Trouble => _trouble;

    /// <summary>The file that lines of this moment go to.</summary>
    public string Path => PathAt(_time.GetUtcNow());

    public ILogger CreateLogger(string categoryName) => new LineLogger(IsEnabled, Add, _scopes);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("A log file is the only destination.");

    public bool IsEnabled(LogLevel level) => level >= _minimum && level != LogLevel.None;

    public void Add(LogLevel level, string? run, string? step, string message, Exception? exception)
    {
        var line = new LogLine(_time.GetUtcNow(), level, Instance, run, step, message, exception is null ? null : LogException.Of(exception), Ids.Next());
        _lines.Writer.TryWrite(line);
        Added?.Invoke(line);
    }

    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await Task.WhenAny(_writing, Task.Delay(FlushPatience, _time));
    }

    public void Dispose()
    {
        _lines.Writer.TryComplete();
        _writing.Wait(FlushPatience);
    }

    private async Task WriteAsync()
    {
        FileStream? file = null;
        string? path = null;
        try
        {
            while (await _lines.Reader.WaitToReadAsync())
            {
                while (_lines.Reader.TryRead(out var line))
                {
                    try
                    {
                        if (PathAt(line.Time) is var due && due != path)
                        {
                            file?.Dispose();
                            file = Open(due);
                            path = due;
                        }

                        file!.Write([.. line.Write(), (byte)'\n']);
                    }
                    catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                    {
                        path = null;
                        _trouble = $"Log lines are being lost: {exception.Message}";
                    }
                }

                file?.Flush();
            }
        }
        catch (IOException exception)
        {
            _trouble = $"Log lines are being lost: {exception.Message}";
        }
        finally
        {
            file?.Dispose();
        }
    }

    private FileStream Open(string path)
    {
        Directory.CreateDirectory(_folder);
        return new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
    }

    private string PathAt(DateTimeOffset time) => System.IO.Path.Combine(
        _folder, $"ripieno-{time.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}-{Environment.ProcessId}.jsonl");
}
