using System.Net;
using System.Net.Sockets;

namespace Ripieno.EndToEnd.Tests.Networks;

/// <summary>A door into another network namespace: listens there, and leads to a port of this process's own loopback.</summary>
internal sealed class Gate : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly int _target;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;

    /// <param name="listener">Already listening, wherever it was made.</param>
    /// <param name="target">Port on 127.0.0.1.</param>
    public Gate(Socket listener, int target)
    {
        (_listener, _target) = (listener, target);
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = LeadAsync(await _listener.AcceptAsync(_end.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task LeadAsync(Socket outside)
    {
        using var inside = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            outside.NoDelay = inside.NoDelay = true;
            await inside.ConnectAsync(IPAddress.Loopback, _target, _end.Token);
            await Task.WhenAny(PumpAsync(outside, inside), PumpAsync(inside, outside));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // As if it had been closed.
        }
        finally
        {
            outside.Dispose();
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _end.Token) is > 0 and var received)
            {
                for (var sent = 0; sent < received;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, received - sent), _end.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The other pump ends with it.
        }
    }
}
