using System.Text.Json;
using Microsoft.Extensions.AI;
using Ripieno.Agents;
using Ripieno.Agents.Answers;
using Ripieno.Agents.Prompts;

namespace Ripieno.Tests.Agents.Answers;

public sealed class AgentSessionTests
{
    private const string Good = """{"verdict":"approve","notes":""}""";

    private readonly StepActivity _activity = new(TimeProvider.System, "r", "s");

    [Theory]
    [InlineData(Good)]
    [InlineData(" \n" + Good + "\n\n")]
    [InlineData("```json\n" + Good + "\n```")]
    [InlineData("```\n" + Good + "\n```\n")]
    public void White_space_and_a_fence_are_tolerated(string text) => Assert.Equal("approve", ReviewAnswer.Shape.Read(text).Verdict);

    [Theory]
    [InlineData("Here you are: " + Good)]
    [InlineData(Good + Good)]
    [InlineData("```python\n" + Good + "\n```")]
    [InlineData("""{"verdict":"approve","notes":"",}""")]
    [InlineData("""{"verdict":"approve","notes":null}""")]
    [InlineData("""{"verdict":1,"notes":""}""")]
    [InlineData("""{"Verdict":"approve","notes":""}""")]
    [InlineData("""{"verdict":"approve","notes":"\ud800"}""")]
    [InlineData("""["approve"]""")]
    [InlineData("null")]
    public void Anything_else_is_refused(string text) => Assert.ThrowsAny<JsonException>(() => ReviewAnswer.Shape.Read(text));

    [Fact]
    public void Deep_nesting_is_refused() =>
        Assert.ThrowsAny<JsonException>(() => ReviewAnswer.Shape.Read("{\"verdict\":" + new string('[', 1000) + new string(']', 1000) + "}"));

    [Fact]
    public async Task The_slot_shows_that_the_model_is_asked_again()
    {
        var client = new ScriptedChatClient("no", "no", Good);

        await AskAsync(client, label: "planning part 2 of 5");

        Assert.Equal("planning part 2 of 5: answer was not valid, asking again (2 of 2): scripted is writing", _activity.Text);
        Assert.Equal(3, _activity.Tokens);
    }

    [Fact]
    public async Task A_long_bad_answer_is_shortened_when_it_goes_back()
    {
        var client = new ScriptedChatClient(new string('x', 100_000), Good);

        await AskAsync(client, label: null);

        Assert.InRange(client.Calls[1].Messages[^2].Text.Length, 100, 1024 / 4 * 3 + 60);
        Assert.EndsWith("more characters]", client.Calls[1].Messages[^2].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_cut_off_by_the_models_limit_is_bad_and_the_model_is_told_why()
    {
        var client = new ScriptedChatClient(Good, Good, Good) { FinishReason = ChatFinishReason.Length };

        var failure = await Assert.ThrowsAsync<StepFailedException>(() => AskAsync(client, label: null));

        Assert.Contains("length limit", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Answer more briefly", client.User(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_system_part_there_is_no_system_message()
    {
        var client = new ScriptedChatClient(Good);

        await AskAsync(client, label: null);

        Assert.Equal(ChatRole.User, Assert.Single(client.Calls[0].Messages).Role);
    }

    private Task<ReviewAnswer> AskAsync(ScriptedChatClient client, string? label) =>
        new AgentSession(client, AgentSteps.Snapshot(context: 1024).Agent("reviewer"), _activity)
            .AskAsync(new RenderedPrompt("", "Review."), ReviewAnswer.Shape, _ => [], label, default);
}
