using Microsoft.Extensions.AI;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Tests.Workers;

namespace Ripieno.Tests.Models;

/// <summary>Who is asked when a model cannot be had.</summary>
public sealed class FallbackTests : IAsyncLifetime
{
    private static readonly ModelChoice Second = new("second", "big", 8192, 0.1, true);
    private static readonly ModelChoice First = new("first", "small", 8192, 0.4, true, Fallback: Second);

    private readonly FakeProvider _first = new("first");
    private readonly FakeProvider _second = new("second");
    private readonly Witness _witness = new();
    private WorkerScene _scene = null!;
    private ModelPath _path = null!;

    public async ValueTask InitializeAsync()
    {
        _scene = await WorkerScene.OpenAsync();
        _path = Path(Endpoint("first", "first"), Endpoint("second", "second"));
    }

    public async ValueTask DisposeAsync()
    {
        _path.Dispose();
        await _scene.DisposeAsync();
    }

    public static TheoryData<int> Unavailabilities => [0, 1, 2, 3];

    [Theory]
    [MemberData(nameof(Unavailabilities))]
    public async Task A_provider_that_is_away_or_refuses_everything_is_replaced_within_the_call(int kind)
    {
        var asked = AskAsync(First);
        (await _first.NextAsync()).Fail(Failure(kind));
        Answer(await _second.NextAsync(), "yes");

        Assert.Equal("yes", (await asked).Text);
        var change = Assert.Single(_witness.Switches);
        Assert.Equal(("first/small", "second/big"), (change.From.Name, change.To.Name));
        Assert.Equal($"second/big instead of first/small: failure {kind}", change.ToString());
        Assert.Equal(["second/big"], _witness.Answered);
    }

    [Fact]
    public async Task The_fallback_is_asked_for_its_own_model_at_its_own_temperature()
    {
        var options = new ChatOptions { ModelId = "small", Temperature = 0.4f };
        var asked = AskAsync(First, options);
        (await _first.NextAsync()).Fail(Failure(0));
        var call = await _second.NextAsync();
        Answer(call, "yes");
        await asked;

        Assert.Equal(("big", 0.1f), (call.Options?.ModelId, call.Options?.Temperature));
        Assert.Equal(("small", 0.4f), (options.ModelId, options.Temperature));
    }

    [Fact]
    public async Task While_the_first_cools_it_is_not_asked_and_afterwards_it_is_again()
    {
        var asked = AskAsync(First);
        (await _first.NextAsync()).Fail(Failure(0));
        Answer(await _second.NextAsync(), "a");
        await asked;

        asked = AskAsync(First);
        Answer(await _second.NextAsync(), "b");
        await asked;
        Assert.Equal(1, _first.Begun);

        _scene.Time.Advance(TimeSpan.FromSeconds(1));
        asked = AskAsync(First);
        Answer(await _first.NextAsync(), "c");
        Assert.Equal("c", (await asked).Text);
        Assert.Equal(["second/big", "second/big", "first/small"], _witness.Answered);
    }

    [Theory]
    [InlineData((int)ModelRefusal.Credentials, true)]
    [InlineData((int)ModelRefusal.Model, true)]
    [InlineData((int)ModelRefusal.Gone, false)]
    public async Task A_refusal_is_remembered_and_what_is_gone_is_never_asked_again(int refusal, bool isAskedAgain)
    {
        await RefuseAsync((ModelRefusal)refusal);

        await Assert.ThrowsAsync<ModelRejectedException>(() => AskAsync(First with { Fallback = null }));
        Assert.Equal(1, _first.Begun);
        _scene.Time.Advance(isAskedAgain ? TimeSpan.FromSeconds(30) : TimeSpan.FromDays(30));

        var asked = AskAsync(First with { Fallback = null });
        if (isAskedAgain)
            Answer(await _first.NextAsync(), "mended");
        await Record.ExceptionAsync(() => asked);
        Assert.Equal(isAskedAgain ? 2 : 1, _first.Begun);
    }

    [Fact]
    public async Task A_model_that_is_missing_does_not_take_others_of_its_endpoint_with_it()
    {
        await RefuseAsync(ModelRefusal.Model);

        var asked = AskAsync(First with { Model = "other", Fallback = null });
        Answer(await _first.NextAsync(), "here");

        Assert.Equal("here", (await asked).Text);
    }

    [Fact]
    public async Task All_endpoints_of_a_provider_are_asked_before_the_next_provider()
    {
        _path = Path(Endpoint("a", "first"), Endpoint("b", "first"), Endpoint("second", "second"));
        var asked = AskAsync(First);
        (await _first.NextAsync()).Fail(Failure(1));
        (await _first.NextAsync()).Fail(Failure(0));
        Answer(await _second.NextAsync(), "yes");

        await asked;
        Assert.Equal(2, _first.Begun);
    }

    [Fact]
    public async Task One_endpoint_with_a_bad_key_does_not_fail_what_another_can_do()
    {
        _path = Path(Endpoint("a", "first"), Endpoint("b", "first"));
        var asked = AskAsync(First with { Fallback = null });
        (await _first.NextAsync()).Fail(Failure(1));
        Answer(await _first.NextAsync(), "yes");

        Assert.Equal("yes", (await asked).Text);
        Assert.Empty(_witness.Switches);
    }

    [Fact]
    public async Task A_failure_that_another_try_may_mend_is_the_steps_and_no_fallback_is_asked()
    {
        var asked = AskAsync(First);
        (await _first.NextAsync()).Fail(new ModelCallException("500"));
        await Assert.ThrowsAsync<ModelCallException>(() => asked);

        asked = AskAsync(First);
        (await _first.NextAsync()).Fail(new ModelRejectedException("the content filter"));
        await Assert.ThrowsAsync<ModelRejectedException>(() => asked);

        Assert.Equal(0, _second.Begun);
        Assert.Empty(_witness.Switches);
    }

    [Fact]
    public async Task An_answer_that_has_begun_is_not_begun_again_elsewhere()
    {
        var asked = AskAsync(First);
        var call = await _first.NextAsync();
        call.Say("half");
        call.Fail(new EndpointUnavailableException("gone in the midst"));

        await Assert.ThrowsAsync<EndpointUnavailableException>(() => asked);
        Assert.Equal(0, _second.Begun);
    }

    [Fact]
    public async Task When_none_can_be_had_the_wait_is_until_the_first_of_those_that_may_come_back()
    {
        var asked = AskAsync(First);
        (await _first.NextAsync()).Fail(new EndpointUnavailableException("first away", TimeSpan.FromSeconds(60)));
        (await _second.NextAsync()).Fail(new EndpointUnavailableException("second away", TimeSpan.FromSeconds(20)));

        var failure = await Assert.ThrowsAsync<EndpointUnavailableException>(() => asked);
        Assert.Equal((TimeSpan.FromSeconds(20), "first away second away"), (failure.RetryAfter, failure.Message));
    }

    [Fact]
    public async Task One_that_may_come_back_is_waited_for_though_the_other_refuses_for_good()
    {
        var asked = AskAsync(First);
        (await _first.NextAsync()).Fail(Failure(3));
        (await _second.NextAsync()).Fail(new EndpointUnavailableException("second away", TimeSpan.FromSeconds(20)));

        Assert.Equal(TimeSpan.FromSeconds(20), (await Assert.ThrowsAsync<EndpointUnavailableException>(() => asked)).RetryAfter);
    }

    [Fact]
    public async Task When_all_refuse_for_good_so_does_the_call()
    {
        var asked = AskAsync(First);
        (await _first.NextAsync()).Fail(Failure(1));
        (await _second.NextAsync()).Fail(Failure(2));

        Assert.Equal("failure 1 failure 2", (await Assert.ThrowsAsync<ModelRejectedException>(() => asked)).Message);
    }

    [Fact]
    public async Task An_instance_without_the_fallbacks_provider_uses_what_it_has()
    {
        _path = Path(Endpoint("first", "first"));
        var asked = AskAsync(First);
        (await _first.NextAsync()).Fail(Failure(0));

        await Assert.ThrowsAsync<EndpointUnavailableException>(() => asked);
    }

    [Fact]
    public void An_instance_without_the_chosen_provider_leaves_the_step_alone()
    {
        _path = Path(Endpoint("second", "second"));

        Assert.Contains("asks for provider 'first'", Assert.Throws<EndpointUnavailableException>(() => _path.ClientFor(First)).Message, StringComparison.Ordinal);
    }

    private static RipienoException Failure(int kind) => kind switch
    {
        0 => new EndpointUnavailableException("failure 0"),
        1 => new ModelRejectedException("failure 1", ModelRefusal.Credentials),
        2 => new ModelRejectedException("failure 2", ModelRefusal.Model),
        _ => new ModelRejectedException("failure 3", ModelRefusal.Gone),
    };

    private static void Answer(FakeCall call, string text)
    {
        call.Say(text);
        call.End();
    }

    private static Endpoint Endpoint(string name, string provider) => new(name, provider, new Uri($"http://{name}.test"), 2, null, null);

    private async Task RefuseAsync(ModelRefusal refusal)
    {
        var asked = AskAsync(First with { Fallback = null });
        (await _first.NextAsync()).Fail(new ModelRejectedException("no", refusal));
        await Assert.ThrowsAsync<ModelRejectedException>(() => asked);
    }

    private ModelPath Path(params Endpoint[] endpoints) => new(
        endpoints, new Dictionary<string, IModelProvider>(StringComparer.Ordinal) { ["first"] = _first, ["second"] = _second }, _scene.Store, Guid.NewGuid(), _scene.Time);

    private Task<ChatResponse> AskAsync(ModelChoice model, ChatOptions? options = null)
    {
        options ??= new();
        options.Witness = _witness;
        return _path.ClientFor(model).GetResponseAsync([new(ChatRole.User, "hello")], options);
    }

    private sealed class Witness : IModelWitness
    {
        public List<ModelSwitch> Switches { get; } = [];

        public List<string> Answered { get; } = [];

        public void Switched(ModelSwitch change) => Switches.Add(change);

        public void Answers(ModelChoice model) => Answered.Add(model.Name);

        public IDisposable? Waits() => null;
    }
}
