using System.Text;
using Ripieno.Models;

namespace Ripieno.Providers.Http;

/// <summary>
/// The body of a response, read with three guards: reads end with the call's cancellation, no line grows beyond a bound (each SDK holds a
/// whole line in memory), and an error object that a server writes into its stream becomes an exception instead of an empty piece.
/// </summary>
internal sealed class GuardedStream(Endpoint endpoint, Secret? secret, Stream inner, CancellationToken call) : Stream
{
    /// <summary>A whole answer that is not streamed is one line: its text, escaped.</summary>
    public const int LongestLine = 2 * GuardedChatClient.LongestAnswer;

    private const int LongestStart = 4096;

    private readonly byte[] _start = new byte[LongestStart];
    private long _length;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var either = call.CanBeCanceled && cancellationToken.CanBeCanceled && call != cancellationToken
            ? CancellationTokenSource.CreateLinkedTokenSource(call, cancellationToken)
            : null;
        var cancellation = either?.Token ?? (call.CanBeCanceled ? call : cancellationToken);
        try
        {
            var read = await inner.ReadAsync(buffer, cancellation);
            Watch(buffer.Span[..read], ended: read == 0 && buffer.Length > 0);
            return read;
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException && !cancellation.IsCancellationRequested)
        {
            throw ModelFailure.Transport(endpoint, failure);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>A synchronous read would hold a thread for as long as a model thinks.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Bodies of model answers are read asynchronously only.");

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private void Watch(ReadOnlySpan<byte> bytes, bool ended)
    {
        while (bytes.Length > 0)
        {
            var end = bytes.IndexOf((byte)'\n');
            Remember(end < 0 ? bytes : bytes[..end]);
            if (end < 0)
                return;
            EndLine();
            bytes = bytes[(end + 1)..];
        }

        if (ended)
            EndLine();
    }

    private void Remember(ReadOnlySpan<byte> part)
    {
        if (_length < LongestStart)
        {
            var kept = (int)Math.Min(part.Length, LongestStart - _length);
            part[..kept].CopyTo(_start.AsSpan((int)_length));
        }

        _length += part.Length;
        if (_length > LongestLine)
            throw ModelFailure.Call(endpoint, $"sent a line of more than {LongestLine / 1024 / 1024} MB, which no answer needs.");
    }

    private void EndLine()
    {
        var start = _start.AsSpan(0, (int)Math.Min(_length, LongestStart));
        _length = 0;
        if (start.StartsWith("data:"u8))
            start = start[5..].TrimStart((byte)' ');
        if (start.StartsWith("{\"error\""u8) && Encoding.UTF8.GetString(start) is var line && ModelFailure.ErrorText(line) is var error)
            throw ModelFailure.Call(endpoint, $"broke off its answer: {ModelFailure.Words(error ?? line, secret)}");
    }
}
