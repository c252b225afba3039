using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

/// <summary>Who is there, what each tells of itself, and asking one to drain.</summary>
public abstract class InstanceConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    private static readonly byte[] Busy = "{\"busy\":3}"u8.ToArray();

    [Fact]
    public async Task An_instance_is_silent_from_the_end_of_its_lease_on()
    {
        Time.Advance(Lease - TimeSpan.FromMilliseconds(1));
        Assert.False(Assert.Single(await Store.ListInstancesAsync(None)).IsSilent);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(Assert.Single(await Store.ListInstancesAsync(None)).IsSilent);
        await Store.RenewAsync(Worker, [], Lease, None);
        Assert.False(Assert.Single(await Store.ListInstancesAsync(None)).IsSilent);
    }

    [Fact]
    public async Task What_an_instance_tells_of_itself_replaces_what_it_told_before()
    {
        Assert.Empty(await Store.ListReportsAsync(None));
        Assert.False(await Store.ReportInstanceAsync(Worker, "{}"u8.ToArray(), None));
        Time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(await Store.ReportInstanceAsync(Worker, Busy, None));
        var other = await RegisterAsync("other");
        Assert.False(await Store.ReportInstanceAsync(other, "{\"busy\":1}"u8.ToArray(), None));

        var reports = await Store.ListReportsAsync(None);
        Assert.Equal(2, reports.Count);
        var own = reports.Single(report => report.Incarnation == Worker);
        Assert.Equal((Time.GetUtcNow(), "{\"busy\":3}"), (own.At, System.Text.Encoding.UTF8.GetString(own.Report.Span)));
    }

    [Fact]
    public async Task A_report_renews_nothing()
    {
        Time.Advance(Lease);
        await Store.ReportInstanceAsync(Worker, Busy, None);
        Assert.True(Assert.Single(await Store.ListInstancesAsync(None)).IsSilent);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_an_instance_told_goes_with_its_registration(bool died)
    {
        await Store.ReportInstanceAsync(Worker, Busy, None);
        await Store.EndInstanceAsync(Worker, died ? InstanceEnd.Died : InstanceEnd.Stopped, None);
        Assert.Empty(await Store.ListReportsAsync(None));
        await Assert.ThrowsAsync<NotFoundException>(() => Store.ReportInstanceAsync(Worker, Busy, None));
    }

    [Fact]
    public async Task A_report_that_is_too_large_is_refused()
    {
        await Store.ReportInstanceAsync(Worker, new byte[ContentLimits.InstanceReport], None);
        await Assert.ThrowsAsync<InvalidInputException>(() => Store.ReportInstanceAsync(Worker, new byte[ContentLimits.InstanceReport + 1], None));
    }

    [Fact]
    public async Task An_instance_that_is_asked_to_drain_hears_of_it_until_it_ends()
    {
        var other = await RegisterAsync("other");
        Assert.Equal((Worker, "worker"), await AskAsync());
        Assert.Equal((Worker, "worker"), await AskAsync());

        Assert.True(await Store.ReportInstanceAsync(Worker, Busy, None));
        Assert.True(await Store.ReportInstanceAsync(Worker, Busy, None));
        Assert.False(await Store.ReportInstanceAsync(other, Busy, None));
        await Store.EndInstanceAsync(Worker, InstanceEnd.Stopped, None);
        var fresh = await RegisterAsync("worker");
        Assert.False(await Store.ReportInstanceAsync(fresh, Busy, None));

        async Task<(Guid, string)> AskAsync() => await Store.RequestDrainAsync("worker", None) is var asked ? (asked.Incarnation, asked.Id) : default;
    }

    [Fact]
    public async Task Nobody_is_asked_to_drain_who_is_not_there()
    {
        await Assert.ThrowsAsync<NotFoundException>(() => Store.RequestDrainAsync("stranger", None));
        Time.Advance(Lease);
        await Assert.ThrowsAsync<NotFoundException>(() => Store.RequestDrainAsync("worker", None));
        await Store.RenewAsync(Worker, [], Lease, None);
        Assert.False(await Store.ReportInstanceAsync(Worker, Busy, None));
    }

    [Fact]
    public async Task Everybody_who_asks_for_a_turn_gets_another_one()
    {
        var other = await Fixture.OpenAsync();
        var turns = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => (i % 2 == 0 ? Store : other).NextTurnAsync("spread", None))));
        // A store whose answers are lost may have given a turn that nobody heard of.
        Assert.Equal(40, turns.Distinct().Count());
        if (Fixture.LosesAnswers)
            return;
        Assert.Equal((0, 39), (turns.Min(), turns.Max()));
        Assert.Equal(0, await Store.NextTurnAsync("another", None));
    }
}
