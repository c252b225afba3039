using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>Requests and tokens a minute.</summary>
public abstract class RateConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task No_more_requests_than_the_limit_in_any_minute_and_who_is_refused_is_told_when()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(PermitOutcome.Given, (await AskAsync(requests: 3)).Outcome);
            await PassAsync(5 * Second);
        }

        // The first counts until the 60 s after it are over whatever its place in its second, and one for the way.
        var refused = await AskAsync(requests: 3);
        Assert.Equal(PermitOutcome.Paced, refused.Outcome);
        Assert.InRange(refused.Wait, (61 - 15) * Second, (62 - 15) * Second);
        await PassAsync(refused.Wait - TimeSpan.FromMilliseconds(1));
        Assert.Equal((PermitOutcome.Paced, TimeSpan.FromMilliseconds(1)), Of(await AskAsync(requests: 3)));
        await PassAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(PermitOutcome.Given, (await AskAsync(requests: 3)).Outcome);
        var next = await AskAsync(requests: 3);
        Assert.Equal(PermitOutcome.Paced, next.Outcome);
        Assert.InRange(next.Wait, TimeSpan.FromMilliseconds(1), 5 * Second);
    }

    [Fact]
    public async Task At_random_times_no_window_of_a_minute_has_more_than_the_limit()
    {
        var random = new Random(6);
        var given = new List<DateTimeOffset>();
        for (var asked = 0; asked < 300; asked++)
        {
            await PassAsync(TimeSpan.FromMilliseconds(random.Next(random.Next(4) == 0 ? 8000 : 700)));
            if ((await AskAsync(requests: 7)).Outcome == PermitOutcome.Given)
                given.Add(Time.GetUtcNow());
        }

        var most = given.Max(last => given.Count(one => one > last - TimeSpan.FromSeconds(60) && one <= last));
        Assert.Equal(7, most);
        // Not less than a thirtieth below what it may be.
        Assert.True(given.Count >= 7 * Math.Floor((given[^1] - given[0]) / TimeSpan.FromSeconds(62)), $"{given.Count}");
    }

    [Fact]
    public async Task Many_at_once_get_no_more_than_the_rate()
    {
        var asked = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => AskAsync(requests: 5))));
        Assert.Equal((5, 35), (asked.Count(reply => reply.Outcome == PermitOutcome.Given), asked.Count(reply => reply.Outcome == PermitOutcome.Paced)));
    }

    [Fact]
    public async Task A_repeat_counts_once_and_giving_back_makes_no_room_for_another_request()
    {
        var permit = Guid.NewGuid();
        Assert.Equal(PermitOutcome.Given, (await AskAsync(requests: 2, permit: permit)).Outcome);
        Assert.Equal(PermitOutcome.Given, (await AskAsync(requests: 2, permit: permit)).Outcome);
        await ReturnAsync(permit, 0);
        Assert.Equal(PermitOutcome.Given, (await AskAsync(requests: 2)).Outcome);
        Assert.Equal(PermitOutcome.Paced, (await AskAsync(requests: 2)).Outcome);
        Assert.Equal(PermitOutcome.Given, (await AskAsync(requests: 2, of: "another")).Outcome);
    }

    [Fact]
    public async Task Tokens_are_reserved_and_then_settled()
    {
        var (one, two) = (Guid.NewGuid(), Guid.NewGuid());
        Assert.Equal(PermitOutcome.Given, (await AskAsync(tokensPerMinute: 1000, tokens: 600, permit: one)).Outcome);
        // Only what is reserved stands in the way, so it is worth asking again soon.
        Assert.Equal((PermitOutcome.Paced, RateWindow.Settling), Of(await AskAsync(tokensPerMinute: 1000, tokens: 600)));
        await ReturnAsync(one, 300);
        await ReturnAsync(one, 0);
        Assert.Equal(PermitOutcome.Given, (await AskAsync(tokensPerMinute: 1000, tokens: 600, permit: two)).Outcome);
        await ReturnAsync(two, 900);

        // Now they are used, and nothing but time helps.
        var refused = await AskAsync(tokensPerMinute: 1000, tokens: 100);
        Assert.Equal(PermitOutcome.Paced, refused.Outcome);
        Assert.InRange(refused.Wait, 61 * Second, 62 * Second);
        Assert.Equal((2, 1200), await UseAsync());
        await PassAsync(refused.Wait);
        Assert.Equal(PermitOutcome.Given, (await AskAsync(tokensPerMinute: 1000, tokens: 100)).Outcome);
    }

    [Fact]
    public async Task What_a_call_cost_is_kept_as_reserved_when_nobody_knows_it()
    {
        var one = Guid.NewGuid();
        await AskAsync(tokensPerMinute: 1000, tokens: 600, permit: one);
        await ReturnAsync(one, null);
        var refused = await AskAsync(tokensPerMinute: 1000, tokens: 600);
        Assert.Equal(PermitOutcome.Paced, refused.Outcome);
        Assert.InRange(refused.Wait, 61 * Second, 62 * Second);
    }

    [Fact]
    public async Task A_call_that_is_larger_than_the_limit_has_its_minute_to_itself()
    {
        Assert.Equal(PermitOutcome.Given, (await AskAsync(tokensPerMinute: 1000, tokens: 5)).Outcome);
        Assert.Equal(PermitOutcome.Paced, (await AskAsync(tokensPerMinute: 1000, tokens: 5000)).Outcome);
        await PassAsync(62 * Second);
        Assert.Equal(PermitOutcome.Given, (await AskAsync(tokensPerMinute: 1000, tokens: 5000)).Outcome);
        Assert.Equal(PermitOutcome.Paced, (await AskAsync(tokensPerMinute: 1000, tokens: 1)).Outcome);
    }

    [Fact]
    public async Task What_does_not_get_a_permit_does_not_count()
    {
        Assert.Equal(PermitOutcome.Given, (await AskAsync(requests: 2, capacity: 1)).Outcome);
        Assert.Equal(PermitOutcome.Full, (await AskAsync(requests: 2, capacity: 1)).Outcome);
        Assert.Equal(PermitOutcome.Full, (await AskAsync(requests: 2, capacity: 1)).Outcome);
        Assert.Equal(PermitOutcome.Given, (await AskAsync(requests: 2)).Outcome);
        Assert.Equal(PermitOutcome.Paced, (await AskAsync(requests: 2)).Outcome);
    }

    [Fact]
    public async Task Limits_are_listed_with_what_is_used_of_them_and_by_whom()
    {
        var other = await RegisterAsync("other");
        await Store.AcquirePermitAsync(Request("a", Worker) with { Capacity = 5, Weight = 2, RequestsPerMinute = 10, TokensPerMinute = 900, Tokens = 50 }, None);
        await Store.AcquirePermitAsync(Request("a", other) with { Capacity = 5, RequestsPerMinute = 10, TokensPerMinute = 900, Tokens = 30 }, None);
        await Store.AcquirePermitAsync(Request("b", other), None);
        await Store.CoolLimitAsync("b", TimeSpan.FromSeconds(20), "429", None);
        await Store.CoolLimitAsync("c", TimeSpan.FromSeconds(40), "503", None);
        await PassAsync(5 * Second);

        var limits = await Store.ListLimitsAsync(None);

        Assert.Equal(["a", "b", "c"], limits.Select(limit => limit.Name));
        var (a, b, c) = (limits[0], limits[1], limits[2]);
        Assert.Equal((5, 3, 10, 900, 2, 80), (a.Capacity, a.InUse, a.RequestsPerMinute, a.TokensPerMinute, a.Requests, a.Tokens));
        Assert.Equal([new LimitHolder("worker", 2, 1), new LimitHolder("other", 1, 1)], a.Holders);
        Assert.Equal((TimeSpan.Zero, null, Time.GetUtcNow() - 5 * Second), (a.CoolingFor, a.CoolingReason, a.UsedAt));
        Assert.Equal((null, 1, null, null, 1, 0), (b.Capacity, b.InUse, b.RequestsPerMinute, b.TokensPerMinute, b.Requests, b.Tokens));
        Assert.Equal((15 * Second, "429"), (b.CoolingFor, b.CoolingReason));
        Assert.Equal((35 * Second, "503", 0, null), (c.CoolingFor, c.CoolingReason, c.InUse, c.UsedAt));

        await PassAsync(TimeSpan.FromSeconds(62));
        // The other is silent now, and nothing of the last minute is left.
        limits = await Store.ListLimitsAsync(None);
        Assert.Equal(["a", "b"], limits.Select(limit => limit.Name));
        Assert.Equal((2, 0, 0), (limits[0].InUse, limits[0].Requests, limits[0].Tokens));
        Assert.Equal((0, null), (limits[1].InUse, limits[1].CoolingReason));
        await PassAsync(TimeSpan.FromDays(1));
        Assert.Empty(await Store.ListLimitsAsync(None));
    }

    private static (PermitOutcome, TimeSpan) Of(PermitReply reply) => (reply.Outcome, reply.Wait);

    private static PermitRequest Request(string limit, Guid by) => new(limit, null, 1, by, Guid.NewGuid(), TimeSpan.FromHours(1));

    private Task<PermitReply> AskAsync(int? requests = null, int? tokensPerMinute = null, int tokens = 0, int? capacity = null, Guid? permit = null, string of = "gpu") => Store.AcquirePermitAsync(
        new(of, capacity, 1, Worker, permit ?? Guid.NewGuid(), TimeSpan.FromHours(1)) { RequestsPerMinute = requests, TokensPerMinute = tokensPerMinute, Tokens = tokens }, None);

    private Task ReturnAsync(Guid permit, int? tokens) => Store.ReleasePermitAsync(new("gpu", permit), tokens, None);

    private async Task<(long, long)> UseAsync() => Assert.Single(await Store.ListLimitsAsync(None)) is var limit ? (limit.Requests, limit.Tokens) : default;
}
