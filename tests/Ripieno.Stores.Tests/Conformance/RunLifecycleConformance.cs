using Ripieno.Errors;
using Ripieno.Runs;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

public abstract class RunLifecycleConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    [Fact]
    public async Task A_submitted_run_is_kept_with_everything_it_was_given()
    {
        var submission = Run("r", Step("a"), Step("b", "a")) with { Tenant = "acme", Priority = 7, Input = "{\"goal\":1}"u8.ToArray() };

        Assert.Equal(SubmitOutcome.Created, await Store.SubmitAsync(submission, None));

        var run = await RunAsync("r");
        Assert.Equal(("r", "Title of r", "standard", "acme", 7), (run.Id, run.Title, run.Workflow, run.Tenant, run.Priority));
        Assert.Equal((RunStatus.Running, false, 2, 2, 0), (run.Status, run.CancelRequested, run.Steps, run.OpenSteps, run.FailedSteps));
        Assert.Equal((Time.GetUtcNow(), null, null), (run.CreatedAt, run.StartedAt, run.FinishedAt));
        Assert.Equal(submission.Snapshot.ToArray(), (await Store.FindSnapshotAsync(run.SnapshotHash, None))!.Value.ToArray());
        Assert.Equal(submission.Input.ToArray(), (await Store.FindContentAsync("r", run.InputHash!.Value, None))!.Value.ToArray());
        Assert.Equal("a Ready, b Blocked", await StatesAsync("r"));
    }

    [Fact]
    [Trait("Promise", "I1")]
    public async Task A_run_survives_the_process()
    {
        await SubmitAsync("r", Step("a"), Step("b", "a"));
        await ClaimAsync();
        await CompleteAsync("a");

        await Store.DisposeAsync();
        await using var again = await Fixture.OpenAsync();

        Assert.Equal(StepStatus.Succeeded, (await again.FindStepAsync("r", "a", None))!.Status);
        Assert.Equal(StepStatus.Ready, (await again.FindStepAsync("r", "b", None))!.Status);
        Assert.Equal(SubmitOutcome.Existing, await again.SubmitAsync(Run("r", Step("a"), Step("b", "a")), None));
    }

    [Fact]
    [Trait("Promise", "I2")]
    public async Task The_same_submission_again_changes_nothing()
    {
        await SubmitAsync("r", Step("a"));
        await ClaimAsync();
        await CompleteAsync("a");

        Assert.Equal(SubmitOutcome.Existing, await SubmitAsync("r", Step("a")));

        Assert.Equal("a Succeeded", await StatesAsync("r"));
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
    }

    [Fact]
    [Trait("Promise", "I2")]
    public async Task Another_submission_under_the_same_id_is_a_conflict_and_changes_nothing()
    {
        await SubmitAsync("r", Step("a"));

        var conflict = await Assert.ThrowsAsync<ConflictException>(() => SubmitAsync("r", Step("other")));

        Assert.Contains("'r'", conflict.Message, StringComparison.Ordinal);
        Assert.Equal("a Ready", await StatesAsync("r"));
    }

    [Fact]
    public async Task A_run_succeeds_with_its_last_step()
    {
        await SubmitAsync("r", Step("a"), Step("b"));
        await ClaimAsync();
        Time.Advance(TimeSpan.FromSeconds(1));
        await CompleteAsync("a");
        Assert.Equal((RunStatus.Running, 1), ((await RunAsync("r")).Status, (await RunAsync("r")).OpenSteps));
        Time.Advance(TimeSpan.FromSeconds(1));

        await CompleteAsync("b");

        var run = await RunAsync("r");
        Assert.Equal((RunStatus.Succeeded, 0, 0), (run.Status, run.OpenSteps, run.FailedSteps));
        Assert.Equal(TimeSpan.FromSeconds(2), run.FinishedAt - run.StartedAt);
    }

    [Fact]
    [Trait("Promise", "I9")]
    public async Task A_failed_step_skips_its_dependents_lets_others_go_on_and_fails_the_run()
    {
        await SubmitAsync("r", Step("a"), Step("b"), Step("c", "a"), Step("d", "c", "b"), Step("e", "b"), Summary("z", "d", "e"));
        await ClaimAsync();
        await FailAsync("a");
        await CompleteAsync("b");
        Assert.Equal("a Failed, b Succeeded, c Skipped, d Skipped, e Ready, z Blocked", await StatesAsync("r"));

        Assert.Equal(["e", "z"], await DrainAsync());

        var run = await RunAsync("r");
        Assert.Equal((RunStatus.Failed, 1, 0), (run.Status, run.FailedSteps, run.OpenSteps));
        Assert.Equal("'a' failed", (await StepAsync("r", "c")).Reason);
        Assert.Equal("'c' was skipped", (await StepAsync("r", "d")).Reason);
        Assert.Equal("broke", (await StepAsync("r", "a")).Reason);
    }

    [Fact]
    [Trait("Promise", "I9")]
    public async Task A_join_starts_once_when_its_last_dependency_ends()
    {
        await SubmitAsync("r", Step("a"), Step("b"), Step("join", "a", "b", "a"));
        Assert.Equal(["a", "b"], await ClaimAsync());
        await CompleteAsync("a");
        Assert.Empty(await ClaimAsync());
        await CompleteAsync("b");
        Assert.Equal(["join"], await ClaimAsync());
        await CompleteAsync("a");
        await CompleteAsync("b");
        Assert.Empty(await ClaimAsync());
    }

    [Fact]
    public async Task A_run_without_steps_has_succeeded_already()
    {
        await SubmitAsync("r");
        Assert.Equal(RunStatus.Succeeded, (await RunAsync("r")).Status);
    }

    [Fact]
    public async Task Events_tell_the_story_in_order_without_gaps()
    {
        await SubmitAsync("r", Step("a"), Step("b", "a"));
        await ClaimAsync();
        await FailAsync("a", TimeSpan.FromSeconds(5), "a hiccup");
        Time.Advance(TimeSpan.FromSeconds(5));
        await ClaimAsync();
        await FailAsync("a", reason: "for good");

        var events = await Store.ListEventsAsync("r", 0, 100, None);

        Assert.Equal(
            [RunEventKind.RunAccepted, RunEventKind.StepRetried, RunEventKind.StepFailed, RunEventKind.StepSkipped, RunEventKind.RunFinished],
            events.Select(one => one.Kind));
        Assert.Equal([1, 2, 3, 4, 5], events.Select(one => one.Number));
        Assert.Equal([null, "a", "a", "b", null], events.Select(one => one.StepKey));
        Assert.Equal(("a hiccup", "for good"), (events[1].Detail, events[2].Detail));
        Assert.Equal(TimeSpan.FromSeconds(5), events[4].At - events[0].At);
        Assert.Equal(events.Skip(3), await Store.ListEventsAsync("r", 3, 100, None));
        Assert.Equal(5, (await Store.FindOverviewAsync("r", None))!.LastEvent);
    }

    [Fact]
    public async Task Tokens_add_up_over_tries_and_steps()
    {
        await SubmitAsync("r", Step("a"), Step("b"));
        await ClaimAsync();
        await Store.FailAsync(LeaseOf("a"), new("hiccup", Time.GetUtcNow(), new(10, 1)), None);
        await CompleteAsync("b", new() { Usage = new(100, 20) });
        await ClaimAsync();
        await CompleteAsync("a", new() { Usage = new(1000, 300) });

        Assert.Equal(new TokenUsage(1110, 321), (await RunAsync("r")).Usage);
        Assert.Equal(new TokenUsage(1010, 301), (await StepAsync("r", "a")).Usage);
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("circle")]
    [InlineData("itself")]
    [InlineData("twice")]
    [InlineData("too many")]
    [InlineData("weightless")]
    public async Task A_bad_submission_is_refused_and_nothing_is_written(string fault)
    {
        var submission = fault switch
        {
            "unknown" => Run("r", Step("a"), Step("b", "nowhere")),
            "circle" => Run("r", Step("a", "c"), Step("b", "a"), Step("c", "b")),
            "itself" => Run("r", Step("a", "a")),
            "twice" => Run("r", Step("a"), Step("a")),
            "too many" => Run("r", Step("a"), Step("b")) with { MaxSteps = 1 },
            _ => Run("r", Step("a")) with { Weight = 0 },
        };
        var before = await Fixture.CommitsAsync();

        await Assert.ThrowsAsync<InvalidInputException>(() => Store.SubmitAsync(submission, None));

        Assert.Null(await Store.FindRunAsync("r", None));
        Assert.Empty(await ClaimAsync());
        Assert.Equal(SubmitOutcome.Created, await SubmitAsync("r", Step("good")));
        // One for the good one, and perhaps one for a claim that has made its class known.
        Assert.InRange(await Fixture.CommitsAsync() - before, 1, 2);
    }

    [Fact]
    [Trait("Promise", "I4")]
    public async Task Whoever_submits_in_a_crowd_is_answered_for_its_own_run()
    {
        const int Runs = 60;
        var other = Run("r", Step("a")) with { Fingerprint = ContentHash.Of("other"u8) };

        var answers = await Task.WhenAll(Enumerable.Range(0, Runs * 3).Select(async i =>
        {
            var (id, run) = ("r" + (i / 3), i % 3 == 1 ? other : Run("r", Step("a"), Step("b", "a")));
            try
            {
                return (Id: id, Outcome: (SubmitOutcome?)await Task.Run(() => Store.SubmitAsync(run with { Id = id }, None)), run.Fingerprint);
            }
            catch (ConflictException)
            {
                return (id, null, run.Fingerprint);
            }
        }));

        foreach (var ofRun in answers.GroupBy(answer => answer.Id))
        {
            var first = Assert.Single(ofRun, answer => answer.Outcome == SubmitOutcome.Created);
            Assert.All(ofRun, answer => Assert.Equal(answer.Fingerprint == first.Fingerprint, answer.Outcome is not null));
            Assert.Equal(first.Fingerprint == other.Fingerprint ? 1 : 2, (await RunAsync(ofRun.Key)).Steps);
        }

        Assert.Equal(Runs, (await Store.ListRunsAsync(null, null, 1000, None)).Count);
        Assert.Empty((await Store.CheckAsync(None)).Problems);
    }
}
