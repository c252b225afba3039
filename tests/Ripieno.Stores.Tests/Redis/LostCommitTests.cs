using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Ripieno.Errors;
using Ripieno.Redis;
using Ripieno.Runs;
using Ripieno.Storage;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>A server that flushes every second may come back without what it acknowledged last.</summary>
public sealed class LostCommitTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    private static readonly StepClass Work = new("default", "work");

    private readonly ConcurrentQueue<string> _warnings = [];

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 8, 0, 0, TimeSpan.Zero));

    [Fact]
    [Trait("Promise", "I1")]
    public async Task What_is_lost_is_said_and_the_store_goes_on()
    {
        await using var server = await RedisServer.StartAsync();
        await using var store = await OpenAsync(server);
        var submitted = 0;
        using (await SlowFlush.AttachAsync(server))
        {
            // Until something is acknowledged that is in no file.
            do
                await store.SubmitAsync(Samples.Run($"r{submitted++}"), None);
            while (await server.FigureAsync("persistence", "aof_buffer_length") == 0);
            await server.KillAsync();
        }

        await server.RestartAsync();
        await store.SubmitAsync(Samples.Run("later"), None);

        var kept = (await store.ListRunsAsync(null, null, 10_000, None)).Count - 1;
        TestContext.Current.TestOutputHelper?.WriteLine($"{submitted} acknowledged, {kept} kept: {string.Join("; ", _warnings)}");
        Assert.InRange(kept, 0, submitted - 1);
        Assert.Contains($"lost its last {submitted - kept} commits", Assert.Single(_warnings), StringComparison.Ordinal);
        var check = await store.CheckAsync(None);
        Assert.StartsWith($"{submitted - kept} ", check.Facts["lost commits"], StringComparison.Ordinal);
        Assert.Empty(check.Problems);
        for (var i = 0; i < submitted; i++)
            Assert.Equal(i < kept ? SubmitOutcome.Existing : SubmitOutcome.Created, await store.SubmitAsync(Samples.Run($"r{i}"), None));
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(6, false)]
    [Trait("Promise", "I1")]
    public async Task More_than_a_server_may_lose_is_an_older_copy(int seconds, bool isAccepted)
    {
        await using var server = await RedisServer.StartAsync();
        await using var store = await OpenAsync(server, new RedisProbe { OwnClock = true });
        await store.SubmitAsync(Samples.Run("kept"), None);
        var copy = server.Copy();
        _time.Advance(TimeSpan.FromSeconds(seconds));
        await store.SubmitAsync(Samples.Run("lost"), None);
        await server.RestartAsync(copy);
        // However long it was away.
        _time.Advance(TimeSpan.FromHours(1));

        var refusal = await Record.ExceptionAsync(() => store.SubmitAsync(Samples.Run("later"), None));

        Assert.Equal(isAccepted, refusal is null);
        if (!isAccepted)
            Assert.Contains("older copy", Assert.IsType<StoreUnavailableException>(refusal).Message, StringComparison.Ordinal);
        Assert.Equal(isAccepted ? 1 : 0, _warnings.Count);
    }

    /// <summary>
    /// The epoch of a claim that was lost is given out again: of the two executions with the same lease only the second is the step's. The number of commits does not tell: the second claim has
    /// made up for the first.
    /// </summary>
    [Theory]
    [InlineData("complete")]
    [InlineData("expand")]
    [InlineData("expand widely")]
    [InlineData("fail")]
    [InlineData("park")]
    [InlineData("release")]
    [Trait("Promise", "I4")]
    public async Task An_execution_whose_claim_was_lost_cannot_report_for_the_one_that_followed(string report)
    {
        await using var server = await RedisServer.StartAsync();
        await using var one = await OpenAsync(server);
        await using var other = await OpenAsync(server);
        var (first, second) = (Samples.Instance("first"), Samples.Instance("second"));
        await one.RegisterInstanceAsync(first, Lease, None);
        await other.RegisterInstanceAsync(second, Lease, None);
        await one.SubmitAsync(Samples.Run("r"), None);
        var copy = server.Copy();
        var lost = await ClaimAsync(one, first);
        await server.RestartAsync(copy);
        var lease = await ClaimAsync(other, second);
        Assert.Equal(lost, lease);

        var outcome = await (report switch
        {
            "complete" => one.CompleteAsync(lost, new() { Result = "\"first\""u8.ToArray() }, None),
            "expand" => one.CompleteAsync(lost, new() { Expansion = new(ExpansionTarget.Self, [.. Samples.Run("x", 3).Steps.Select(step => step with { Key = "x" + step.Key })]) }, None),
            "expand widely" => one.CompleteAsync(lost, new() { Expansion = new(ExpansionTarget.Self, [.. Samples.Run("x", 300).Steps.Select(step => step with { Key = "x" + step.Key })]) }, None),
            "fail" => one.FailAsync(lost, new("broke", null, default), None),
            "park" => one.ParkAsync(lost, DateTimeOffset.MaxValue, "away", None),
            _ => one.ReleaseAsync(lost, None),
        });

        Assert.Equal(ReportOutcome.LeaseLost, outcome);
        Assert.Equal([lost], (await one.RenewAsync(first.Incarnation, [lost], Lease, None)).Lost);
        Assert.Equal(ReportOutcome.Recorded, await other.CompleteAsync(lease, new() { Result = "\"second\""u8.ToArray() }, None));
        Assert.Equal("\"second\"", Encoding.UTF8.GetString((await one.FindResultAsync("r", 0, None))!.Value.Span));
        Assert.Empty((await one.CheckAsync(None)).Problems);
    }

    private static async Task<StepLease> ClaimAsync(RedisStore store, InstanceRecord instance) =>
        Assert.Single(await store.ClaimAsync(new() { Incarnation = instance.Incarnation, Classes = [new(Work, 1)], Count = 1, Lease = Lease }, None)).Lease;

    private Task<RedisStore> OpenAsync(RedisServer server, RedisProbe? probe = null) =>
        RedisStore.OpenAsync(new() { Endpoints = [server.Endpoint], Warned = _warnings.Enqueue }, probe is null ? TimeProvider.System : _time, probe ?? new(), None);
}
