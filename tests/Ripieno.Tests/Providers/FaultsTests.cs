using Microsoft.Extensions.Time.Testing;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Simulator;

namespace Ripieno.Tests.Providers;

/// <summary>Each way in which a server can fail, and what the caller is told.</summary>
public sealed class FaultsTests : IAsyncLifetime
{
    private static readonly FakeTimeProvider Time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    private ModelSimulator _simulator = null!;
    private Calls _calls = null!;

    public static TheoryData<string, bool> Ways => HttpProvidersTests.Ways;

    public async ValueTask InitializeAsync()
    {
        _simulator = await ModelSimulator.StartAsync(new SimulatorOptions());
        _calls = new Calls(_simulator, Time);
    }

    public async ValueTask DisposeAsync()
    {
        _calls.Dispose();
        await _simulator.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Too_many_requests_says_how_long_to_wait(string kind, bool stream)
    {
        _simulator.Fail(1, FaultKind.TooManyRequests, "7");
        _simulator.Fail(1, FaultKind.TooManyRequests, "Sun, 01 Mar 2026 12:01:00 GMT");
        _simulator.Fail(1, FaultKind.Unavailable, "86400");
        _simulator.Fail(1, FaultKind.TooManyRequests);

        Assert.Equal(TimeSpan.FromSeconds(7), (await UnavailableAsync(kind, stream)).RetryAfter);
        Assert.Equal(TimeSpan.FromMinutes(1), (await UnavailableAsync(kind, stream)).RetryAfter);
        Assert.Equal(TimeSpan.FromMinutes(10), (await UnavailableAsync(kind, stream)).RetryAfter);
        Assert.Null((await UnavailableAsync(kind, stream)).RetryAfter);
        Assert.Equal(4, _simulator.Requests.Length);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_refused_connection_means_unavailable(string kind, bool stream)
    {
        var endpoint = _calls.Endpoint(kind);
        await _simulator.DisposeAsync();
        using var client = _calls.Provider(kind).CreateClient(endpoint, new ModelChoice(kind, "llama3.2", 4096, 0, Parallel: true));

        var failure = await Assert.ThrowsAsync<EndpointUnavailableException>(() => Calls.AskAsync(client, stream));

        Assert.Contains("'here'", failure.Message, StringComparison.Ordinal);
        Assert.Null(failure.RetryAfter);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task An_unknown_host_means_unavailable(string kind)
    {
        var endpoint = _calls.Endpoint(kind) with { Url = new Uri("http://ripieno.invalid:11434/") };
        using var client = _calls.Provider(kind).CreateClient(endpoint, new ModelChoice(kind, "llama3.2", 4096, 0, Parallel: true));

        await Assert.ThrowsAsync<EndpointUnavailableException>(() => Calls.AskAsync(client, stream: true));
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task A_failing_secure_connection_means_unavailable(string kind)
    {
        var endpoint = _calls.Endpoint(kind) with { Url = new UriBuilder(_simulator.Url) { Scheme = "https" }.Uri };
        using var client = _calls.Provider(kind).CreateClient(endpoint, new ModelChoice(kind, "llama3.2", 4096, 0, Parallel: true));

        await Assert.ThrowsAsync<EndpointUnavailableException>(() => Calls.AskAsync(client, stream: true));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_another_try_may_mend_is_a_failed_call(string kind, bool stream)
    {
        foreach (var fault in (FaultKind[])
            [
                FaultKind.ServerError, FaultKind.Truncated, FaultKind.Dropped, FaultKind.ErrorInStream, FaultKind.Html, FaultKind.Garbage, FaultKind.Huge,
            ])
        {
            _simulator.Fail(1, fault);
            var failure = await Record.ExceptionAsync(() => _calls.AskAsync(kind, stream));
            Assert.True(failure is ModelCallException, $"{fault}: {failure}");
            Assert.Contains("'here'", failure.Message, StringComparison.Ordinal);
        }

        Assert.All(_simulator.Requests, request => Assert.NotNull(request.Fault));
        Assert.Equal(7, _simulator.Requests.Length);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_no_other_try_mends_is_rejected(string kind, bool stream)
    {
        _simulator.Fail(1, FaultKind.Unauthorized);
        _simulator.Fail(1, FaultKind.Gone);

        await Assert.ThrowsAsync<ModelRejectedException>(() => _calls.AskAsync(kind, stream));
        await Assert.ThrowsAsync<ModelRejectedException>(() => _calls.AskAsync(kind, stream));
        using var unknown = _calls.Client(kind, model: "mistral");
        var failure = await Assert.ThrowsAsync<ModelRejectedException>(() => Calls.AskAsync(unknown, stream));

        Assert.Contains("model 'mistral' not found", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_servers_own_words_are_told(string kind, bool stream)
    {
        _simulator.Fail(1, FaultKind.ServerError);
        _simulator.Fail(1, FaultKind.ErrorInStream);

        var status = await Assert.ThrowsAsync<ModelCallException>(() => _calls.AskAsync(kind, stream));
        var inStream = await Assert.ThrowsAsync<ModelCallException>(() => _calls.AskAsync(kind, stream));

        Assert.Contains("500: llama runner process has terminated", status.Message, StringComparison.Ordinal);
        if (stream)
            Assert.Contains("an error was encountered while running the model", inStream.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_web_page_is_called_one(string kind, bool stream)
    {
        _simulator.Fail(1, FaultKind.Html);

        var failure = await Assert.ThrowsAsync<ModelCallException>(() => _calls.AskAsync(kind, stream));

        Assert.Contains("answered with a web page", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task After_a_fault_the_same_client_works_again(string kind, bool stream)
    {
        using var client = _calls.Client(kind);
        _simulator.Fail(1, FaultKind.Dropped);
        await Assert.ThrowsAsync<ModelCallException>(() => Calls.AskAsync(client, stream));

        Assert.NotEqual("", (await Calls.AskAsync(client, stream)).Text);
    }

    private async Task<EndpointUnavailableException> UnavailableAsync(string kind, bool stream) =>
        await Assert.ThrowsAsync<EndpointUnavailableException>(() => _calls.AskAsync(kind, stream));
}
