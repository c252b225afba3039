using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>Expansion, groups and joins.</summary>
public abstract class GroupConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    [Fact]
    public async Task Dependents_wait_for_the_steps_that_a_step_added()
    {
        await SubmitAsync("r", Step("plan"), Step("after", "plan"));
        await ClaimAsync();

        await ExpandAsync("plan", ExpansionTarget.Self, Step("plan/1"), Step("plan/2", "plan/1"));

        Assert.Equal("plan Expanded, after Blocked, plan/1 Ready, plan/2 Blocked", await StatesAsync("r"));
        Assert.Equal((4, 4), ((await RunAsync("r")).Steps, (await RunAsync("r")).OpenSteps));
        Assert.Equal((0, 0), ((await StepAsync("r", "plan/1")).Parent, (await StepAsync("r", "plan/2")).Parent));
        Assert.Equal(["plan/1", "plan/2", "after"], await DrainAsync());
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
        Assert.Equal(1, (await EventsAsync("r")).Count(kind => kind == RunEventKind.StepExpanded));
    }

    /// <summary>Of few steps and of many: a store may keep the two in different ways.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public async Task Steps_that_are_added_have_definitions_of_their_own(int others)
    {
        await SubmitAsync("r", [Step("plan") with { Definition = "plan" }, .. Enumerable.Range(0, others).Select(i => Step("other" + i, "plan"))]);
        await ClaimAsync();
        await ExpandAsync("plan", ExpansionTarget.Self, Step("a") with { Definition = "write" }, Step("b", "a") with { Definition = "review" });

        Assert.Equal(["write"], (await ClaimStepsAsync()).Select(step => step.Definition));
        await CompleteAsync("a");
        Assert.Equal(["review"], (await ClaimStepsAsync()).Select(step => step.Definition));
        await CompleteAsync("b");
        Assert.Equal(Enumerable.Repeat("work", others), (await ClaimStepsAsync()).Select(step => step.Definition));
    }

    [Fact]
    public async Task What_answered_in_place_of_the_model_chosen_is_an_event_before_the_steps_end()
    {
        await SubmitAsync("r", Step("plain"), Step("full"), Step("after", "full"));
        await ClaimAsync();

        await CompleteAsync("plain", new() { Result = "1"u8.ToArray(), Fallback = "b/x instead of a/y: away" });
        await CompleteAsync("full", new()
        {
            Result = "2"u8.ToArray(),
            Model = "b/x",
            Artifacts = [new("file.md", "text"u8.ToArray())],
            Expansion = new(ExpansionTarget.Self, [Step("full/1"), Step("full/2", "full/1")]),
            Fallback = "b/ä instead of a/y: „away“",
        });

        var events = (await Store.ListEventsAsync("r", 0, 100, None)).Where(one => one.StepKey is not null).ToList();
        Assert.Equal(
            [
                (RunEventKind.FallbackAnswered, "plain", "b/x instead of a/y: away"), (RunEventKind.StepSucceeded, "plain", null),
                (RunEventKind.FallbackAnswered, "full", "b/ä instead of a/y: „away“"), (RunEventKind.StepExpanded, "full", null),
            ],
            events.Select(one => (one.Kind, one.StepKey!, one.Detail)));
        Assert.Equal(["full/1", "full/2", "after"], await DrainAsync());
    }

    [Fact]
    public async Task A_review_loop_goes_round_until_it_is_accepted_and_the_accepted_result_is_the_groups()
    {
        await SubmitAsync("r", Step("task"), Step("next", "task"));
        await ClaimAsync();
        await ExpandAsync("task", ExpansionTarget.Self, Step("do-1"), Step("review-1", "do-1"));
        await ClaimAsync();
        await CompleteAsync("do-1", new() { Result = "first"u8.ToArray() });
        await ClaimAsync();
        await ExpandAsync("review-1", ExpansionTarget.Parent, Step("do-2", "review-1"), Step("review-2", "do-2"));
        Assert.Equal("task Expanded, next Blocked, do-1 Succeeded, review-1 Succeeded, do-2 Ready, review-2 Blocked", await StatesAsync("r"));
        Assert.Equal(0, (await StepAsync("r", "do-2")).Parent);
        await ClaimAsync();
        await CompleteAsync("do-2", new() { Result = "second"u8.ToArray() });
        await ClaimAsync();

        await CompleteAsync("review-2", new() { Accepts = "do-2", Result = "approved"u8.ToArray() });

        Assert.Equal(["next"], await ClaimAsync());
        var seen = Assert.Single(await Store.ListDependenciesAsync("r", LeaseOf("next").StepIndex, None));
        Assert.Equal(("task", StepStatus.Succeeded, 4), (seen.Key, seen.Status, seen.ResultStep));
        Assert.Equal(ContentHash.Of("second"u8), seen.Result);
        Assert.Equal(4, (await StepAsync("r", "task")).Accepted);
    }

    /// <summary>The reporter has ended by the time its additions join: they must not be told so a second time.</summary>
    [Fact]
    [Trait("Promise", "I9")]
    public async Task A_step_that_waits_for_its_adder_and_for_another_waits_for_the_other()
    {
        await SubmitAsync("r", Step("task"));
        await ClaimAsync();
        await ExpandAsync("task", ExpansionTarget.Self, Step("review-1"));
        await ClaimAsync();

        await ExpandAsync("review-1", ExpansionTarget.Parent, Step("do-2"), Step("review-2", "review-1", "do-2"));

        Assert.Equal("task Expanded, review-1 Succeeded, do-2 Ready, review-2 Blocked", await StatesAsync("r"));
        Assert.Equal(["do-2", "review-2"], await DrainAsync());
    }

    [Fact]
    public async Task Without_an_accepted_member_the_groups_own_result_counts()
    {
        await SubmitAsync("r", Step("g"), Step("next", "g"));
        await ClaimAsync();
        await CompleteAsync("g", new() { Result = "own"u8.ToArray(), Expansion = new(ExpansionTarget.Self, [Step("g/1")]) });
        await ClaimAsync();
        await CompleteAsync("g/1", new() { Result = "member"u8.ToArray() });

        var seen = Assert.Single(await Store.ListDependenciesAsync("r", 1, None));

        Assert.Equal((0, ContentHash.Of("own"u8)), (seen.ResultStep, seen.Result));
        Assert.Null((await StepAsync("r", "g")).Accepted);
    }

    [Fact]
    public async Task A_member_may_accept_the_group_or_itself_but_no_stranger()
    {
        await SubmitAsync("r", Step("g"), Step("stranger"));
        await ClaimAsync();
        await CompleteAsync("g", new() { Result = "own"u8.ToArray(), Expansion = new(ExpansionTarget.Self, [Step("g/1"), Step("g/2")]) });
        await ClaimAsync();

        await Assert.ThrowsAsync<ConflictException>(() => CompleteAsync("g/1", new() { Accepts = "stranger" }));
        await Assert.ThrowsAsync<ConflictException>(() => CompleteAsync("g/1", new() { Accepts = "nowhere" }));
        await Assert.ThrowsAsync<ConflictException>(() => CompleteAsync("stranger", new() { Accepts = "g/1" }));

        Assert.Equal(StepStatus.Running, (await StepAsync("r", "g/1")).Status);
        await CompleteAsync("g/1", new() { Accepts = "g" });
        Assert.Equal(0, (await StepAsync("r", "g")).Accepted);
        await CompleteAsync("g/2", new() { Accepts = "g/2" });
        Assert.Equal(3, (await StepAsync("r", "g")).Accepted);
    }

    [Fact]
    public async Task The_result_of_an_accepted_group_is_what_that_group_accepted()
    {
        await SubmitAsync("r", Step("outer"), Step("next", "outer"));
        await ClaimAsync();
        await ExpandAsync("outer", ExpansionTarget.Self, Step("inner"), Step("judge", "inner"));
        await ClaimAsync();
        await ExpandAsync("inner", ExpansionTarget.Self, Step("leaf"));
        await ClaimAsync();
        await CompleteAsync("leaf", new() { Result = "leaf's"u8.ToArray(), Accepts = "leaf" });
        await ClaimAsync();
        await CompleteAsync("judge", new() { Accepts = "inner" });

        var seen = Assert.Single(await Store.ListDependenciesAsync("r", 1, None));

        Assert.Equal((4, ContentHash.Of("leaf's"u8)), (seen.ResultStep, seen.Result));
    }

    [Fact]
    public async Task Groups_nest()
    {
        await SubmitAsync("r", Step("g"), Step("after", "g"));
        await ClaimAsync();
        await ExpandAsync("g", ExpansionTarget.Self, Step("g/1"), Step("g/2"));
        await ClaimAsync();
        await CompleteAsync("g/2");
        await ExpandAsync("g/1", ExpansionTarget.Self, Step("g/1/1"), Step("g/1/2"));
        await ClaimAsync();
        await CompleteAsync("g/1/1");
        Assert.Equal("g Expanded, after Blocked, g/1 Expanded, g/2 Succeeded, g/1/1 Succeeded, g/1/2 Running", await StatesAsync("r"));

        await CompleteAsync("g/1/2");

        Assert.Equal("g Succeeded, after Ready, g/1 Succeeded, g/2 Succeeded, g/1/1 Succeeded, g/1/2 Succeeded", await StatesAsync("r"));
    }

    [Fact]
    public async Task A_group_fails_with_its_member_once_all_have_ended()
    {
        await SubmitAsync("r", Step("g"), Step("after", "g"), Summary("summary", "g"));
        await ClaimAsync();
        await ExpandAsync("g", ExpansionTarget.Self, Step("g/1"), Step("g/2"));
        await ClaimAsync();
        await FailAsync("g/1", reason: "no compiler");
        Assert.Equal(StepStatus.Expanded, (await StepAsync("r", "g")).Status);

        await CompleteAsync("g/2");

        Assert.Equal("g Failed, after Skipped, summary Ready, g/1 Failed, g/2 Succeeded", await StatesAsync("r"));
        Assert.Equal("no compiler", (await StepAsync("r", "g")).Reason);
        Assert.Equal(2, (await RunAsync("r")).FailedSteps);
    }

    [Fact]
    public async Task Added_steps_may_depend_on_what_has_ended()
    {
        await SubmitAsync("r", Step("ok"), Step("bad"), Step("plan"));
        await ClaimAsync();
        await CompleteAsync("ok");
        await FailAsync("bad");

        await ExpandAsync("plan", ExpansionTarget.Self,
            Step("on-ok", "ok"), Step("on-bad", "bad"), Step("behind", "on-bad"), Summary("anyway", "bad", "behind"));

        Assert.Equal("ok Succeeded, bad Failed, plan Expanded, on-ok Ready, on-bad Skipped, behind Skipped, anyway Ready", await StatesAsync("r"));
        Assert.Equal(3, (await RunAsync("r")).OpenSteps);
        Assert.Equal(["on-ok", "anyway"], await DrainAsync());
        Assert.Equal(StepStatus.Failed, (await StepAsync("r", "plan")).Status);
    }

    [Fact]
    public async Task Added_steps_may_depend_on_what_is_under_way()
    {
        await SubmitAsync("r", Step("slow"), Step("plan"));
        await ClaimAsync();
        await ExpandAsync("plan", ExpansionTarget.Self, Step("plan/1", "slow"));
        Assert.Empty(await ClaimAsync());
        await CompleteAsync("slow");
        Assert.Equal(["plan/1"], await ClaimAsync());
    }

    [Fact]
    public async Task A_group_whose_members_are_all_skipped_fails_at_once()
    {
        await SubmitAsync("r", Step("bad"), Step("g"), Step("after", "g"));
        await ClaimAsync();
        await FailAsync("bad");

        await ExpandAsync("g", ExpansionTarget.Self, Step("g/1", "bad"), Step("g/2", "g/1"));

        Assert.Equal("bad Failed, g Failed, after Skipped, g/1 Skipped, g/2 Skipped", await StatesAsync("r"));
        Assert.Equal((RunStatus.Failed, 0), ((await RunAsync("r")).Status, (await RunAsync("r")).OpenSteps));
    }

    [Fact]
    public async Task An_expansion_of_nothing_is_no_group()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        await ExpandAsync("a", ExpansionTarget.Self);
        Assert.Equal("a Succeeded", await StatesAsync("r"));
    }

    [Theory]
    [InlineData("taken key")]
    [InlineData("twice")]
    [InlineData("unknown")]
    [InlineData("circle")]
    [InlineData("too many")]
    [InlineData("own group")]
    [InlineData("group above")]
    [InlineData("waits for the group")]
    public async Task A_bad_expansion_is_refused_and_nothing_is_written(string fault)
    {
        await Store.SubmitAsync(Run("r", Step("top"), Step("after", "top"), Step("last", "after")) with { MaxSteps = 6 }, None);
        await ClaimAsync();
        await ExpandAsync("top", ExpansionTarget.Self, Step("g"));
        await ClaimAsync();
        var before = (await StatesAsync("r"), await RunAsync("r"));

        await Assert.ThrowsAsync<InvalidInputException>(() => CompleteAsync("g", new()
        {
            Result = "result"u8.ToArray(),
            Artifacts = [new("file", "content"u8.ToArray())],
            Usage = new(1, 1),
            Expansion = new(ExpansionTarget.Self, fault switch
            {
                "taken key" => [Step("g/1"), Step("after")],
                "twice" => [Step("g/1"), Step("g/1")],
                "unknown" => [Step("g/1", "nowhere")],
                "circle" => [Step("g/1", "g/2"), Step("g/2", "g/1")],
                "too many" => [Step("g/1"), Step("g/2"), Step("g/3")],
                "own group" => [Step("g/1", "g")],
                "group above" => [Step("g/1", "top")],
                _ => [Step("g/1"), Step("g/2", "last")],
            }),
        }));

        Assert.Equal(before, (await StatesAsync("r"), await RunAsync("r")));
        Assert.Empty(await Store.ListArtifactsAsync("r", null, None));
        Assert.Null((await StepAsync("r", "g")).Result);
        Assert.Equal(ReportOutcome.Recorded, await ExpandAsync("g", ExpansionTarget.Self, Step("g/1"), Step("g/2", "g/1")));
        Assert.Equal(["g/1", "g/2", "after", "last"], await DrainAsync());
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
    }

    [Fact]
    public async Task Only_a_member_of_an_open_group_can_add_to_it()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        await Assert.ThrowsAsync<ConflictException>(() => ExpandAsync("a", ExpansionTarget.Parent, Step("b")));
        Assert.Equal("a Running", await StatesAsync("r"));
    }
}
