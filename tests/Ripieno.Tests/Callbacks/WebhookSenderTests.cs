using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Ripieno.Callbacks;
using Ripieno.Models;

namespace Ripieno.Tests.Callbacks;

/// <summary>What is sent, and what is made of the answer.</summary>
public sealed class WebhookSenderTests : IDisposable
{
    private const string SecretText = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static readonly Uri Url = new("https://ci.example.com/hooks");
    private static readonly CallbackNotice Notice = new("msg_1", JsonDocument.Parse("""{"type":"run.succeeded","data":{"id":"r"}}""").RootElement);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly FakeReceiver _receiver = new();
    private readonly WebhookSender _sender;

    public WebhookSenderTests() => _sender = new(_time, _receiver);

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }

    [Fact]
    public async Task A_message_is_a_signed_POST_of_JSON()
    {
        var delivery = await SendAsync(WebhookKey.TryParse(new Secret(SecretText)));

        Assert.Equal(new Delivery(DeliveryResult.Taken, "HTTP 204"), delivery);
        var got = Assert.Single(_receiver.Got);
        Assert.Equal((Url, "application/json", "msg_1"), (got.Url, got.MediaType, got.Id));
        var timestamp = got.Headers["webhook-timestamp"];
        Assert.Equal(_time.GetUtcNow().ToUnixTimeSeconds(), long.Parse(timestamp, CultureInfo.InvariantCulture));
        var signed = Encoding.UTF8.GetBytes($"msg_1.{timestamp}.{Encoding.UTF8.GetString(got.Body)}");
        Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(SecretText["whsec_".Length..]), signed)), got.Headers["webhook-signature"]);
    }

    [Fact]
    public async Task Without_a_secret_nothing_is_signed()
    {
        await SendAsync();

        Assert.DoesNotContain("webhook-signature", Assert.Single(_receiver.Got).Headers.Keys);
    }

    [Fact]
    public async Task A_bad_answer_is_told_by_its_beginning_and_not_read_to_its_end()
    {
        var content = new EndlessContent();
        _receiver.Next(() => new(HttpStatusCode.InternalServerError) { Content = content });

        var delivery = await SendAsync();

        Assert.Equal(DeliveryResult.Failed, delivery.Result);
        Assert.StartsWith("HTTP 500 (oops oops", delivery.How, StringComparison.Ordinal);
        Assert.True(delivery.How.Length < 300);
        Assert.InRange(content.Read, 1, 64 * 1024);
    }

    [Theory]
    [InlineData(HttpStatusCode.Found)]
    [InlineData(HttpStatusCode.PermanentRedirect)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Unauthorized)]
    public async Task Whatever_else_is_answered_may_be_mended(HttpStatusCode status)
    {
        _receiver.Next(() => new(status) { Headers = { Location = new("http://169.254.169.254/") } });

        Assert.Equal(new Delivery(DeliveryResult.Failed, $"HTTP {(int)status}"), await SendAsync());
        Assert.Single(_receiver.Got);
    }

    [Fact]
    public async Task Gone_is_for_good()
    {
        _receiver.Next(HttpStatusCode.Gone);

        Assert.Equal(DeliveryResult.Refused, (await SendAsync()).Result);
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests, "120", 120)]
    [InlineData(HttpStatusCode.ServiceUnavailable, "Tue, 01 Jan 2030 00:02:00 GMT", 120)]
    [InlineData(HttpStatusCode.ServiceUnavailable, "99999999999999", 12 * 3600)]
    [InlineData(HttpStatusCode.ServiceUnavailable, "soon", null)]
    [InlineData(HttpStatusCode.InternalServerError, "120", null)]
    public async Task A_receiver_that_asks_for_time_gets_it(HttpStatusCode status, string header, int? seconds)
    {
        _receiver.Next(() =>
        {
            var answer = new HttpResponseMessage(status);
            answer.Headers.TryAddWithoutValidation("Retry-After", header);
            return answer;
        });

        Assert.Equal(seconds is null ? null : TimeSpan.FromSeconds(seconds.Value), (await SendAsync()).RetryAfter);
    }

    [Fact]
    public async Task A_receiver_that_does_not_answer_is_left_at_the_time_limit()
    {
        _receiver.NextHangs();

        var sending = SendAsync();
        _time.Advance(WebhookSender.Limit - TimeSpan.FromMilliseconds(1));
        Assert.False(sending.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(new Delivery(DeliveryResult.Failed, "no answer within 15 s"), await sending);
    }

    [Fact]
    public async Task A_receiver_that_is_not_there_may_come()
    {
        _receiver.Next(() => throw new HttpRequestException("Connection refused"));

        Assert.Equal(new Delivery(DeliveryResult.Failed, "Connection refused"), await SendAsync());
    }

    [Fact]
    public async Task Whoever_stops_gets_no_outcome()
    {
        _receiver.NextHangs();
        using var stop = new CancellationTokenSource();

        var sending = _sender.SendAsync(Url, null, Notice, stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    private Task<Delivery> SendAsync(WebhookKey? key = null) => _sender.SendAsync(Url, key, Notice, CancellationToken.None);

    /// <summary>An answer without an end.</summary>
    private sealed class EndlessContent : HttpContent
    {
        private readonly Endless _stream = new();

        public long Read => _stream.Position;

        protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(_stream);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => throw new InvalidOperationException("The answer must not be buffered.");

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class Endless : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => _read; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            for (var i = 0; i < count; i++)
                buffer[offset + i] = (byte)"oops "[(int)((_read + i) % 5)];
            _read += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
