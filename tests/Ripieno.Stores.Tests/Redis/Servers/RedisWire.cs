using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Ripieno.Stores.Tests.Redis.Servers;

/// <summary>One connection to a server: a command out, its answer back. No pool, no reconnecting, no time limit: what a test sees is what the server did.</summary>
internal sealed class RedisWire : IDisposable
{
    // Each byte one character, there and back: names and values may be binary.
    private static readonly Encoding Bytes = Encoding.Latin1;

    private readonly TcpClient _client;
    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;

    private RedisWire(TcpClient client)
    {
        _client = client;
        _client.NoDelay = true;
        _stream = client.GetStream();
        _reader = new(_stream, Bytes);
    }

    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static async Task<RedisWire> ConnectAsync(string host, int port, string? password)
    {
        var client = new TcpClient();
        try
        {
            await client.ConnectAsync(host, port);
            var wire = new RedisWire(client);
            if (password is not null)
                await wire.CallAsync("AUTH", password);
            return wire;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <returns>A string, a number (<see cref="long"/>), an array of these, or null.</returns>
    /// <exception cref="InvalidOperationException">The server answered with an error.</exception>
    /// <exception cref="IOException">The connection is gone.</exception>
    public async Task<object?> CallAsync(params string[] command)
    {
        var request = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{command.Length}\r\n");
        foreach (var part in command)
            request.Append(CultureInfo.InvariantCulture, $"${part.Length}\r\n{part}\r\n");
        await _stream.WriteAsync(Bytes.GetBytes(request.ToString()));
        return await ReadAsync();
    }

    private async Task<object?> ReadAsync()
    {
        var line = await _reader.ReadLineAsync() ?? throw new IOException("The server closed the connection.");
        var rest = line[1..];
        switch (line[0])
        {
            case '+':
                return rest;
            case '-':
                throw new InvalidOperationException("Redis: " + rest);
            case ':':
                return long.Parse(rest, CultureInfo.InvariantCulture);
            case '$':
                return await ReadTextAsync(int.Parse(rest, CultureInfo.InvariantCulture));
            case '*' when rest == "-1":
                return null;
            case '*':
                var items = new object?[int.Parse(rest, CultureInfo.InvariantCulture)];
                for (var i = 0; i < items.Length; i++)
                    items[i] = await ReadAsync();
                return items;
            default:
                throw new IOException($"No answer of Redis: {line}");
        }
    }

    private async Task<string?> ReadTextAsync(int length)
    {
        if (length < 0)
            return null;
        var text = new char[length + 2];
        if (await _reader.ReadBlockAsync(text) < text.Length)
            throw new IOException("The server closed the connection.");
        return new(text, 0, length);
    }

    public void Dispose()
    {
        _reader.Dispose();
        _client.Dispose();
    }
}
