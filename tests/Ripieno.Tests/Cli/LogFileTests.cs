using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Ripieno.Cli.Commands;
using Ripieno.Diagnostics;

namespace Ripieno.Tests.Cli;

public sealed partial class LogFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ripieno-logs-");
    private readonly FakeTimeProvider _time = new(Samples.Now);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_line_is_an_object_with_run_and_step_of_message_and_scope()
    {
        string path;
        await using (var file = new LogFile(_folder.FullName, "me", _time))
        {
            path = file.Path;
            var log = file.CreateLogger("any");
            using (log.BeginScope(new Dictionary<string, object?>(StringComparer.Ordinal) { ["Step"] = "tasks/a" }))
                Wrong(log, "r1", "why", new InvalidOperationException("outer", new IOException("inner")));
        }

        var line = JsonDocument.Parse(Assert.Single(File.ReadAllLines(path))).RootElement;
        Assert.Equal("2026-11-23T09:30:00+00:00", line.GetProperty("time").GetString());
        Assert.Equal("Warning", line.GetProperty("level").GetString());
        Assert.Equal("me", line.GetProperty("instance").GetString());
        Assert.Equal("r1", line.GetProperty("run").GetString());
        Assert.Equal("tasks/a", line.GetProperty("step").GetString());
        Assert.Equal("Run r1 went wrong: why.", line.GetProperty("message").GetString());
        Assert.Equal("InvalidOperationException", line.GetProperty("exception").GetProperty("type").GetString());
        Assert.Equal("outer: inner", line.GetProperty("exception").GetProperty("message").GetString());
    }

    [Fact]
    public async Task Nothing_is_made_before_the_first_line_and_debug_lines_are_dropped()
    {
        var folder = Path.Combine(_folder.FullName, "logs");
        await using (var file = new LogFile(folder, "me", _time))
            file.CreateLogger("any").Log(LogLevel.Debug, default, "x", null, (text, _) => text);

        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_trouble_but_no_error()
    {
        var blocked = Path.Combine(_folder.FullName, "file");
        await File.WriteAllTextAsync(blocked, "");
        var file = new LogFile(Path.Combine(blocked, "logs"), "me", _time);

        file.Add(LogLevel.Error, null, null, "lost", null);
        await file.DisposeAsync();

        Assert.NotNull(file.Trouble);
    }

    [Fact]
    public async Task A_day_has_its_own_file()
    {
        await using (var file = new LogFile(_folder.FullName, "me", _time))
        {
            file.Add(LogLevel.Information, "r1", null, "today", null);
            _time.Advance(TimeSpan.FromDays(1));
            file.Add(LogLevel.Information, "r1", null, "tomorrow", null);
        }

        Assert.Equal(["ripieno-20261123", "ripieno-20261124"], _folder.GetFiles().Select(file => file.Name[..16]).Order());
    }

    [Fact]
    public void Lines_of_all_processes_are_merged_by_time_and_each_is_read_once()
    {
        Append("ripieno-20261123-1.jsonl", Line(1, "r1", "one") + Line(3, "r1", "three") + Line(3, "r10", "another run"));
        Append("ripieno-20261123-2.jsonl", "not JSON r1\n" + Line(2, "r1", "two") + Line(4, "r1", "half")[..20]);
        Append("other.jsonl", Line(0, "r1", "not ours"));
        var reader = new LogReader(_folder.FullName, "r1");

        Assert.Equal(["one", "two", "three"], reader.ReadNew().Select(line => line.Message));

        Append("ripieno-20261123-2.jsonl", Line(4, "r1", "half")[20..]);
        Assert.Equal(["half"], reader.ReadNew().Select(line => line.Message));
        Assert.Empty(reader.ReadNew());
    }

    [Fact]
    public void A_line_on_the_console_cannot_move_the_cursor()
    {
        var line = new LogLine(Samples.Now, LogLevel.Error, "me", "r1", "tasks/a", "bad\e[2J", new("IOException", "disk\nfull"));

        Assert.Equal("11-23 09:30:00  me  error: tasks/a: bad[2J (IOException: disk full)", LogsCommand.Text(line, _time));
    }

    private void Append(string name, string text) => File.AppendAllText(Path.Combine(_folder.FullName, name), text);

    private static string Line(int second, string run, string message) =>
        System.Text.Encoding.UTF8.GetString(new LogLine(Samples.Now.AddSeconds(second), LogLevel.Information, "i", run, null, message, null).Write()) + "\n";

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run} went wrong: {Why}.")]
    private static partial void Wrong(ILogger log, string run, string why, Exception exception);
}
