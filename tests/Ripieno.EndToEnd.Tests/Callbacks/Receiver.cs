using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Ripieno.EndToEnd.Tests.Callbacks;

/// <summary>A receiver of webhooks over HTTP. It verifies signatures with code of its own.</summary>
internal sealed class Receiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<Webhook> _got = new();
    private readonly ConcurrentQueue<int> _answers;
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <param name="answers">Status codes in order, 0 = none ever; afterwards 204.</param>
    public Receiver(params int[] answers)
    {
        _answers = new(answers);
        Url = new($"http://127.0.0.1:{FreePort()}/hooks/");
        _listener.Prefixes.Add(Url.ToString());
        _listener.Start();
        _ = Task.Run(ListenAsync);
    }

    public Uri Url { get; }

    public string Secret => "whsec_" + Convert.ToBase64String(_key);

    /// <summary>In the order in which it came.</summary>
    public IReadOnlyList<Webhook> Got => [.. _got];

    public void Dispose()
    {
        _listener.Abort();
        ((IDisposable)_listener).Dispose();
    }

    private async Task ListenAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                var (id, timestamp) = (context.Request.Headers["webhook-id"] ?? "", context.Request.Headers["webhook-timestamp"] ?? "");
                var text = Encoding.UTF8.GetString(body.ToArray());
                var signature = Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.{text}"))));
                _got.Enqueue(new(context.Request.Url!.AbsolutePath, id, text, context.Request.Headers["webhook-signature"] == "v1," + signature));
                // 0: whoever sent it waits, and may be killed meanwhile.
                if (!_answers.TryDequeue(out var status) || status > 0)
                {
                    context.Response.StatusCode = status > 0 ? status : 204;
                    context.Response.Close();
                }
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
            {
                // The test is over, or whoever sent was killed.
            }
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

internal sealed record Webhook(string Path, string Id, string Body, bool IsGenuine);
