using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Ripieno.Errors;
using Ripieno.Simulator;

namespace Ripieno.Tests.Simulator;

public sealed class ModelSimulatorTests : IDisposable
{
    private readonly HttpClient _client = new();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task It_speaks_as_Ollama_does()
    {
        await using var simulator = await ModelSimulator.StartAsync(new SimulatorOptions());

        Assert.Equal("Ollama is running", await _client.GetStringAsync(simulator.Url));
        var lines = (await PostAsync(simulator, "llama3.2", stream: true)).Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse).ToList();
        var whole = Parse((await PostAsync(simulator, "llama3.2", stream: false)).Body);

        Assert.All(lines[..^1], line => Assert.False(line.GetProperty("done").GetBoolean()));
        Assert.True(lines[^1].GetProperty("done").GetBoolean());
        Assert.True(lines[^1].GetProperty("eval_count").GetInt32() > 0);
        Assert.Equal(Content(whole), string.Concat(lines.Select(Content)));
    }

    [Fact]
    public async Task An_unknown_model_is_not_found_in_Ollamas_words()
    {
        await using var simulator = await ModelSimulator.StartAsync(new SimulatorOptions());

        var (status, body) = await PostAsync(simulator, "mistral", stream: true);

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("""{"error":"model \u0027mistral\u0027 not found"}""", body);
        Assert.Equal(RequestOutcome.UnknownModel, simulator.Requests.Single().Outcome);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    public async Task A_request_that_is_none_is_refused(string body)
    {
        await using var simulator = await ModelSimulator.StartAsync(new SimulatorOptions());
        using var content = new StringContent(body);

        using var response = await _client.PostAsync(new Uri(simulator.Url, "api/chat"), content);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(simulator.Requests);
    }

    [Fact]
    public async Task Calls_beyond_the_slots_queue_and_beyond_the_queue_are_turned_away()
    {
        var time = new GatedTime();
        await using var simulator = await ModelSimulator.StartAsync(new SimulatorOptions { Slots = 2, MaxQueue = 3, Latency = TimeSpan.FromMinutes(1), Time = time });
        var calls = Enumerable.Range(0, 5).Select(_ => PostAsync(simulator, "llama3.2", stream: false)).ToList();
        await simulator.WhenAsync(now => now is { InFlight: 5, Computing: 2, Queued: 3 });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await PostAsync(simulator, "llama3.2", stream: false)).Status);
        time.Open();

        Assert.All(await Task.WhenAll(calls), answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal(2, simulator.MaxComputing);
        Assert.Equal(6, simulator.MaxInFlight);
        Assert.Equal(RequestOutcome.Busy, simulator.Requests.Single(request => request.Number == 6).Outcome);
        Assert.Equal(0, simulator.InFlight);
    }

    [Fact]
    public async Task The_first_call_of_a_model_waits_until_it_is_loaded()
    {
        var time = new GatedTime();
        await using var simulator = await ModelSimulator.StartAsync(new SimulatorOptions { LoadTime = TimeSpan.FromMinutes(2), Time = time });
        var call = PostAsync(simulator, "llama3.2", stream: false);
        await simulator.WhenAsync(now => now.Computing == 1);
        Assert.Equal(0, await RunningAsync(simulator));

        time.Open();

        Assert.Equal(120_000_000_000, Parse((await call).Body).GetProperty("load_duration").GetInt64());
        Assert.Equal(1, await RunningAsync(simulator));
        Assert.Equal(0, Parse((await PostAsync(simulator, "llama3.2", stream: false)).Body).GetProperty("load_duration").GetInt64());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_takes_its_time(bool stream)
    {
        var time = new GatedTime();
        time.Open();
        await using var total = await ModelSimulator.StartAsync(new SimulatorOptions { Latency = TimeSpan.FromSeconds(100), Time = time });
        await PostAsync(total, "llama3.2", stream);
        Assert.Equal(100, time.Waited.TotalSeconds, tolerance: 0.1);

        await using var paced = await ModelSimulator.StartAsync(
            new SimulatorOptions { TimeToFirstToken = TimeSpan.FromSeconds(100), TimePerToken = TimeSpan.FromSeconds(1), Time = time });
        var tokens = Parse((await PostAsync(paced, "llama3.2", stream)).Body.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).GetProperty("eval_count").GetInt32();
        Assert.Equal(200 + tokens, time.Waited.TotalSeconds, tolerance: 0.2);
    }

    [Fact]
    public async Task Planned_faults_strike_in_order_and_are_logged()
    {
        await using var simulator = await ModelSimulator.StartAsync(new SimulatorOptions());
        simulator.Fail(2, FaultKind.ServerError);
        simulator.Pass(1);
        simulator.Fail(1, FaultKind.TooManyRequests, "12");

        var statuses = new List<HttpStatusCode>();
        for (var call = 0; call < 5; call++)
            statuses.Add((await PostAsync(simulator, "llama3.2", stream: true)).Status);

        Assert.Equal([500, 500, 200, 429, 200], statuses.Select(status => (int)status));
        Assert.Equal(
            [FaultKind.ServerError, FaultKind.ServerError, null, FaultKind.TooManyRequests, null],
            simulator.Requests.Select(request => request.Fault?.Kind));
    }

    [Fact]
    public async Task Random_faults_strike_at_their_rate_and_the_same_calls_each_time()
    {
        async Task<List<long>> StruckAsync()
        {
            var faults = new SimulatorOptions { Faults = [new(new(FaultKind.ServerError), 0.2), new(new(FaultKind.Html), 0.1)] };
            await using var simulator = await ModelSimulator.StartAsync(faults);
            for (var call = 0; call < 200; call++)
                await PostAsync(simulator, "llama3.2", stream: false);
            Assert.InRange(simulator.Requests.Count(request => request.Fault?.Kind == FaultKind.ServerError), 25, 55);
            Assert.InRange(simulator.Requests.Count(request => request.Fault?.Kind == FaultKind.Html), 8, 35);
            return [.. simulator.Requests.Where(request => request.Fault is not null).Select(request => request.Number)];
        }

        Assert.Equal(await StruckAsync(), await StruckAsync());
    }

    [Fact]
    public async Task Every_call_is_in_the_file_before_it_is_answered_and_again_when_it_ends()
    {
        var file = Path.Combine(Path.GetTempPath(), $"ripieno-{Guid.NewGuid():n}.jsonl");
        try
        {
            await using (var simulator = await ModelSimulator.StartAsync(new SimulatorOptions { LogFile = file }))
            {
                simulator.Fail(1, FaultKind.HangBeforeHeaders);
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(simulator.Url, "api/chat"))
                {
                    Content = JsonContent.Create(new { model = "llama3.2", messages = new[] { new { role = "user", content = "hello" } } }),
                };
                request.Headers.Authorization = new("Bearer", "sk-hidden");
                using var cancel = new CancellationTokenSource();
                var call = _client.SendAsync(request, cancel.Token);
                await simulator.WhenAsync(now => now.InFlight == 1);
                Assert.Equal(["accepted"], Events(file));

                await cancel.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
                await simulator.WhenAsync(now => now.InFlight == 0);
            }

            Assert.Equal(["accepted", "ended"], Events(file));
            var text = await File.ReadAllTextAsync(file);
            Assert.Contains("hello", text, StringComparison.Ordinal);
            Assert.Contains("\"kind\":\"hangBeforeHeaders\"", text, StringComparison.Ordinal);
            Assert.DoesNotContain("sk-hidden", text, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Old_calls_are_forgotten()
    {
        await using var simulator = await ModelSimulator.StartAsync(new SimulatorOptions { KeptRequests = 3 });
        for (var call = 0; call < 5; call++)
            await PostAsync(simulator, "llama3.2", stream: false);

        Assert.Equal([3, 4, 5], simulator.Requests.Select(request => request.Number));
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        await using var first = await ModelSimulator.StartAsync(new SimulatorOptions());

        var failure = await Assert.ThrowsAsync<ConflictException>(() => ModelSimulator.StartAsync(new SimulatorOptions { Port = first.Url.Port }));

        Assert.Contains(first.Url.Port.ToString(), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disposing_breaks_calls_that_hang()
    {
        var simulator = await ModelSimulator.StartAsync(new SimulatorOptions());
        simulator.Fail(1, FaultKind.HangBeforeHeaders);
        var call = PostAsync(simulator, "llama3.2", stream: false);
        await simulator.WhenAsync(now => now.InFlight == 1);

        await simulator.DisposeAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => call);
    }

    private async Task<(HttpStatusCode Status, string Body)> PostAsync(ModelSimulator simulator, string model, bool stream)
    {
        using var response = await _client.PostAsJsonAsync(
            new Uri(simulator.Url, "api/chat"), new { model, stream, messages = new[] { new { role = "user", content = "Tell me something about violins." } } });
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<int> RunningAsync(ModelSimulator simulator) =>
        Parse(await _client.GetStringAsync(new Uri(simulator.Url, "api/ps"))).GetProperty("models").GetArrayLength();

    private static IEnumerable<string?> Events(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Parse(line).GetProperty("event").GetString())];
    }

    private static string? Content(JsonElement line) => line.GetProperty("message").GetProperty("content").GetString();

    private static JsonElement Parse(string json) => JsonElement.Parse(json);
}
