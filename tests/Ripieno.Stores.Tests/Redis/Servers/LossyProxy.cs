using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Ripieno.Stores.Tests.Redis.Servers;

/// <summary>
/// Between a store and its server: hands on everything, but now and then, after a script was handed on and the server has answered, swallows the answer and drops the
/// connection. So the script happened, and whoever called it cannot know. Or it leaves connections half open: nobody is told that nothing arrives any more.
/// </summary>
internal sealed class LossyProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly string _host;
    private readonly int _port;
    private readonly int _oneIn;
    private readonly Random _dice;
    private readonly ConcurrentBag<Link> _links = [];
    private readonly Task _accepting;
    private int _ordered;
    private int _swallowed;
    private int _disposed;

    /// <param name="host">Of the server.</param>
    /// <param name="port">Of the server.</param>
    /// <param name="oneIn">One in so many answers to scripts is swallowed; 0 = only what <see cref="SwallowNext"/> orders.</param>
    /// <param name="seed">Of the dice.</param>
    public LossyProxy(string host, int port, int oneIn, int seed)
    {
        (_host, _port, _oneIn, _dice) = (host, port, oneIn, new(seed));
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Endpoint => _listener.LocalEndpoint.ToString()!;

    /// <summary>How many answers were swallowed so far.</summary>
    public int Swallowed => Volatile.Read(ref _swallowed);

    /// <summary>The answer to the next script is swallowed, whatever the dice say.</summary>
    public void SwallowNext() => Interlocked.Increment(ref _ordered);

    /// <summary>From now on nothing passes on the connections that are open, in either direction, and they stay open. New ones work.</summary>
    /// <returns>How many that were.</returns>
    public int Silence()
    {
        var silenced = 0;
        foreach (var link in _links.Where(link => !link.Silent && !link.IsOver))
        {
            link.Silent = true;
            silenced++;
        }

        return silenced;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        await _end.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
                open.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(_host, _port, _end.Token);
                (client.NoDelay, server.NoDelay) = (true, true);
                var link = new Link(client.GetStream(), server.GetStream());
                _links.Add(link);
                // The first of the two that ends closes both.
                await Task.WhenAny(AskAsync(link), AnswerAsync(link));
                link.IsOver = true;
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // Then this connection was all it cost.
            }
        }
    }

    private async Task AskAsync(Link link)
    {
        var buffer = new byte[64 * 1024];
        while (await ReadAsync(link.Client, buffer) is > 0 and var length)
        {
            if (buffer.AsSpan(0, length).IndexOf("\r\nEVAL"u8) >= 0 && Draw())
                link.Swallow = true;
            if (!link.Silent)
                await link.Server.WriteAsync(buffer.AsMemory(0, length), _end.Token);
        }
    }

    private async Task AnswerAsync(Link link)
    {
        var buffer = new byte[64 * 1024];
        while (await ReadAsync(link.Server, buffer) is > 0 and var length)
        {
            if (link.Swallow)
            {
                Interlocked.Increment(ref _swallowed);
                return;
            }

            if (!link.Silent)
                await link.Client.WriteAsync(buffer.AsMemory(0, length), _end.Token);
        }
    }

    /// <summary>0 when the connection is over, in whichever way.</summary>
    private async Task<int> ReadAsync(NetworkStream stream, byte[] buffer)
    {
        try
        {
            return await stream.ReadAsync(buffer, _end.Token);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            return 0;
        }
    }

    private bool Draw()
    {
        if (Volatile.Read(ref _ordered) > 0 && Interlocked.Decrement(ref _ordered) >= 0)
            return true;
        if (_oneIn == 0)
            return false;
        lock (_dice)
            return _dice.Next(_oneIn) == 0;
    }

    private sealed class Link(NetworkStream client, NetworkStream server)
    {
        private volatile bool _swallow;
        private volatile bool _silent;
        private volatile bool _isOver;

        public NetworkStream Client => client;

        public NetworkStream Server => server;

        public bool Silent { get => _silent; set => _silent = value; }

        public bool IsOver { get => _isOver; set => _isOver = value; }

        /// <summary>The next answer goes no further, and with it the connection.</summary>
        public bool Swallow { get => _swallow; set => _swallow = value; }
    }
}
