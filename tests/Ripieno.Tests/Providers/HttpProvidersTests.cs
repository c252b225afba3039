using Microsoft.Extensions.AI;
using Ripieno.Models.Simulated;
using Ripieno.Simulator;
using Ripieno.Tests.Models.Simulated;

namespace Ripieno.Tests.Providers;

/// <summary>What both providers that speak HTTP send, and what comes back.</summary>
public sealed class HttpProvidersTests : IAsyncLifetime
{
    private ModelSimulator _simulator = null!;
    private Calls _calls = null!;

    public static TheoryData<string, bool> Ways => new() { { "ollama", true }, { "ollama", false }, { "openai", true }, { "openai", false } };

    public async ValueTask InitializeAsync()
    {
        _simulator = await ModelSimulator.StartAsync(new SimulatorOptions { Seed = 5 });
        _calls = new Calls(_simulator);
    }

    public async ValueTask DisposeAsync()
    {
        _calls.Dispose();
        await _simulator.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_request_carries_model_options_schema_and_messages(string kind, bool stream)
    {
        await _calls.AskAsync(kind, stream, Calls.ReviewOptions);

        var request = Assert.Single(_simulator.Requests);
        Assert.Equal(kind == "ollama" ? "/api/chat" : "/v1/chat/completions", request.Path);
        Assert.Equal("llama3.2", request.Model);
        Assert.Equal(stream, request.Stream);
        Assert.Equal(kind == "ollama" ? 4096 : null, request.Context);
        Assert.Equal(0.25, request.Temperature);
        Assert.Equal("review", request.Schema);
        Assert.Equal([new("system", "You review."), new SimulatedMessage("user", "Is it good? 🎻")], request.Messages);
        Assert.Equal(RequestOutcome.Answered, request.Outcome);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_answer_arrives_whole_with_its_usage(string kind, bool stream)
    {
        var answer = await _calls.AskAsync(kind, stream, Calls.ReviewOptions);

        var expected = new SimulatedAnswers(5, 0.25).Answer([.. _simulator.Requests.Single().Messages], Schemas.Parse(Schemas.Review));
        Assert.Equal(expected, answer.Text);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.Equal(TokenEstimate.Of(_simulator.Requests.Single().Messages), answer.Usage?.InputTokenCount);
        Assert.Equal(TokenEstimate.Of(expected), answer.Usage?.OutputTokenCount);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_call_without_schema_gets_text(string kind, bool stream)
    {
        var answer = await _calls.AskAsync(kind, stream);

        Assert.StartsWith("A simulated answer to \"Is it good? 🎻\".", answer.Text, StringComparison.Ordinal);
        Assert.Null(_simulator.Requests.Single().Schema);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task A_streamed_answer_comes_in_pieces(string kind)
    {
        using var client = _calls.Client(kind);

        var pieces = await client.GetStreamingResponseAsync("Tell me.").Where(update => update.Text.Length > 0).CountAsync();

        Assert.True(pieces > 3);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_answer_cut_by_its_token_limit_says_so(string kind, bool stream)
    {
        var answer = await _calls.AskAsync(kind, stream, new ChatOptions { MaxOutputTokens = 5 });

        Assert.Equal(ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal(5, answer.Usage?.OutputTokenCount);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_calls_own_temperature_goes_before_the_models(string kind, bool stream)
    {
        await _calls.AskAsync(kind, stream, new ChatOptions { Temperature = 0.75f });

        Assert.Equal(0.75, _simulator.Requests.Single().Temperature);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_endpoints_key_is_sent_and_without_one_nothing_is(string kind, bool stream)
    {
        using (var client = _calls.Client(kind, key: "sk-right"))
            await Calls.AskAsync(client, stream);
        await _calls.AskAsync(kind, stream);

        Assert.Equal("Bearer sk-right", _simulator.Requests[0].Authorization?.Value);
        Assert.Null(_simulator.Requests[1].Authorization);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Cancelling_a_call_that_hangs_ends_it_on_both_sides(string kind, bool stream)
    {
        foreach (var fault in (FaultKind[])[FaultKind.HangBeforeHeaders, FaultKind.HangInStream, FaultKind.Trickle])
        {
            _simulator.Fail(1, fault);
            using var cancel = new CancellationTokenSource();
            var call = _calls.AskAsync(kind, stream, cancellation: cancel.Token);
            await _simulator.WhenAsync(simulator => simulator.InFlight == 1);

            await cancel.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
            await _simulator.WhenAsync(simulator => simulator.InFlight == 0);
        }
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task Cancelling_while_a_stream_is_silent_ends_the_wait(string kind)
    {
        using var client = _calls.Client(kind);
        var pieces = await client.GetStreamingResponseAsync("Tell me.").CountAsync(update => update.Text.Length > 0);
        _simulator.Fail(1, FaultKind.HangInStream);
        using var cancel = new CancellationTokenSource();
        await using var updates = client.GetStreamingResponseAsync("Tell me.", cancellationToken: cancel.Token).GetAsyncEnumerator();
        // The simulator sends a half of its pieces and its closing line, then falls silent.
        for (var piece = 0; piece < (pieces + 1) / 2; piece++)
            Assert.True(await updates.MoveNextAsync());
        var silent = updates.MoveNextAsync();
        Assert.False(silent.IsCompleted);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await silent);
        await _simulator.WhenAsync(simulator => simulator.InFlight == 0);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task Cancelling_between_pieces_throws_instead_of_ending_the_answer(string kind)
    {
        _simulator.Fail(1, FaultKind.HangInStream);
        using var client = _calls.Client(kind);
        using var cancel = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in client.GetStreamingResponseAsync("Tell me.", cancellationToken: cancel.Token))
                await cancel.CancelAsync();
        });
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task Leaving_a_stream_early_frees_the_server(string kind)
    {
        _simulator.Fail(1, FaultKind.HangInStream);
        using var client = _calls.Client(kind);

        await foreach (var _ in client.GetStreamingResponseAsync("Tell me."))
            break;

        await _simulator.WhenAsync(simulator => simulator.InFlight == 0);
    }
}
