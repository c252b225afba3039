using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Ripieno.Diagnostics;
using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Coordination;

/// <summary>
/// Writes what a process logs about runs into the store, for those who read on other machines: once a second, all runs together, beside everything else. Adding a line never waits and never fails. What cannot be
/// written (the store is away for long, or more is logged than it takes) is counted, and said in the logs of the runs once they can be written again. <c>docs/decisions/logs.md</c> tells why it is so.
/// </summary>
internal sealed class RunLogWriter : IAsyncDisposable
{
    /// <summary>Lines that wait for a store that is away; a busy instance logs some ten a second.</summary>
    public const int Backlog = 4096;

    /// <summary>What comes within it goes in one commit.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <summary>How long whoever ends waits for the last lines.</summary>
    public static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Runs of which losses are told; of more only the sum.</summary>
    private const int MostLosers = 1000;

    private readonly IStore _store;
    private readonly LogIds _ids;
    private readonly string _instance;
    private readonly TimeProvider _time;
    private readonly Action<string> _said;
    private readonly Channel<LogLine> _lines = Channel.CreateBounded<LogLine>(new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
    private readonly ConcurrentDictionary<string, int> _lostOf = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _writing;
    private long _number;
    private int _waiting;
    private long _lost;
    private long _told;
    private string _reason = "";
    private volatile bool _abandoned;

    /// <param name="store">Must live longer than this.</param>
    /// <param name="ids">Of the process whose lines are added.</param>
    /// <param name="instance">Whose lines they are.</param>
    /// <param name="time">For the pace.</param>
    /// <param name="said">Hears, in a sentence, how many lines could not be written.</param>
    public RunLogWriter(IStore store, LogIds ids, string instance, TimeProvider time, Action<string> said)
    {
        (_store, _ids, _instance, _time, _said) = (store, ids, instance, time, said);
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Lines about runs that did not get into the store.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Lines that are about no run, or below <see cref="LogLevel.Information"/>, are not for the store.</summary>
    public void Add(LogLine line)
    {
        if (line.Run is not { } run || line.Level < LogLevel.Information)
            return;
        Interlocked.Increment(ref _waiting);
        if (!_lines.Writer.TryWrite(line))
            Lose(run);
    }

    /// <summary>Waits a moment for the last lines, and says how many could not be written.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _ending.CancelAsync();
        await Task.WhenAny(_writing, Task.Delay(EndPatience, _time));
        _abandoned = true;
        Interlocked.Add(ref _lost, Interlocked.Exchange(ref _waiting, 0));
        SayLoss();
    }

    private async Task WriteAsync()
    {
        var batch = new Outgoing();
        while (!_abandoned && await _lines.Reader.WaitToReadAsync())
        {
            await PauseAsync(Pace);
            while (!_abandoned && Fill(batch) && await SendAsync(batch))
            {
            }
        }
    }

    private bool Fill(Outgoing batch)
    {
        batch.Lines.Clear();
        batch.Gaps.Clear();
        while (batch.Lines.Count < ContentLimits.LogBatch && _lines.Reader.TryRead(out var line))
            batch.Lines.Add(line);
        // What did not fit came after all that did.
        while (batch.Count < ContentLimits.LogBatch && _lostOf.Keys.FirstOrDefault() is { } run && _lostOf.TryRemove(run, out var count))
            batch.Gaps.Add((run, count));
        return batch.Count > 0;
    }

    /// <returns>False when the batch is lost for a reason that the next one would meet too.</returns>
    private async Task<bool> SendAsync(Outgoing lines)
    {
        LogBatch? batch = null;
        for (var pause = Pace; !_abandoned; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                batch ??= Pack(lines);
                await _store.AppendLogAsync(batch, CancellationToken.None);
                Interlocked.Add(ref _waiting, -lines.Lines.Count);
                SayLoss();
                return true;
            }
            catch (Exception exception) when (exception is StoreUnavailableException or OutcomeUnknownException && !_ending.IsCancellationRequested)
            {
                // The same batch again: its number tells the store whether it has it.
                _reason = exception.Message;
                await PauseAsync(pause);
            }
            catch (Exception exception)
            {
                _reason = exception.Message;
                lines.Lines.ForEach(line => Lose(line.Run!));
                lines.Gaps.ForEach(gap => _lostOf.AddOrUpdate(gap.Run, gap.Count, (_, count) => count + gap.Count));
                return false;
            }
        }

        return false;
    }

    private LogBatch Pack(Outgoing lines) => new(
        _ids.Origin,
        ++_number,
        [
            .. lines.Lines.Concat(lines.Gaps.Select(gap => new LogLine(
                    _time.GetUtcNow(), LogLevel.Warning, _instance, gap.Run, null, $"{Count(gap.Count)} missing here: the store took less than this instance logged. Its own log has all.", null, _ids.Next())))
                .Select(line => new LogEntry(line.Run!, PackedLogLine.Pack(line))),
        ]);

    private static string Count(long lines) => lines == 1 ? "1 line is" : $"{lines} lines are";

    private void Lose(string run)
    {
        Interlocked.Decrement(ref _waiting);
        Interlocked.Increment(ref _lost);
        if (_lostOf.Count < MostLosers || _lostOf.ContainsKey(run))
            _lostOf.AddOrUpdate(run, 1, (_, count) => count + 1);
    }

    private void SayLoss()
    {
        var lost = Lost;
        if (lost > Interlocked.Exchange(ref _told, lost))
            _said($"{Count(lost)} missing in the logs of runs in the store{(_reason.Length > 0 ? $": {_reason}" : ", which took less than was logged")}");
    }

    private async Task PauseAsync(TimeSpan pause) =>
        await Task.Delay(pause, _time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>What goes together: lines, and how many are missing of which runs.</summary>
    private sealed class Outgoing
    {
        public List<LogLine> Lines { get; } = new(ContentLimits.LogBatch);

        public List<(string Run, int Count)> Gaps { get; } = [];

        public int Count => Lines.Count + Gaps.Count;
    }
}
