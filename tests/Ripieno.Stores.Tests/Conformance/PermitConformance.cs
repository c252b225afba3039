using Ripieno.Errors;
using Ripieno.Storage;

namespace Ripieno.Stores.Tests.Conformance;

public abstract class PermitConformance<TFixture> : StoreConformance<TFixture> where TFixture : StoreFixture, new()
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly Guid One = new("11111111-0000-0000-0000-000000000000");

    private static readonly Guid Two = new("22222222-0000-0000-0000-000000000000");

    private static readonly Guid Three = new("33333333-0000-0000-0000-000000000000");

    [Fact]
    public async Task No_more_than_the_capacity_is_given()
    {
        Assert.True(await AcquireAsync(One, 2));
        Assert.True(await AcquireAsync(Two, 2));
        Assert.False(await AcquireAsync(Three, 2));
        Assert.True(await AcquireAsync(Three, 2, of: "another"));
        await ReleaseAsync(One);
        await ReleaseAsync(One);
        await ReleaseAsync(Three, "another");
        Assert.True(await AcquireAsync(Three, 2));
    }

    [Fact]
    public async Task Asking_again_for_the_same_permit_takes_no_second_one()
    {
        Assert.True(await AcquireAsync(One, 2));
        Assert.True(await AcquireAsync(One, 2));
        Assert.True(await AcquireAsync(Two, 2));
        Assert.True(await AcquireAsync(Two, 2));
    }

    [Fact]
    public async Task A_permit_ends_by_itself()
    {
        Assert.True(await AcquireAsync(One, 1));
        await PassAsync(Minute - TimeSpan.FromSeconds(1));
        Assert.False(await AcquireAsync(Two, 1));
        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.True(await AcquireAsync(Two, 1));
    }

    [Fact]
    public async Task A_permit_that_has_ended_is_not_held_by_asking_again()
    {
        Assert.True(await AcquireAsync(One, 1));
        await PassAsync(Minute);
        Assert.True(await AcquireAsync(Two, 1));
        Assert.False(await AcquireAsync(One, 1));
    }

    [Fact]
    public async Task A_permit_that_has_ended_can_be_taken_again_while_there_is_room()
    {
        Assert.True(await AcquireAsync(One, 1));
        await PassAsync(Minute);
        Assert.True(await AcquireAsync(One, 1, of: "another"));
        Assert.False(await AcquireAsync(Two, 1, of: "another"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_permits_of_an_instance_end_with_it(bool died)
    {
        Assert.True(await AcquireAsync(One, 1));
        await Store.EndInstanceAsync(Worker, died ? InstanceEnd.Died : InstanceEnd.Stopped, None);
        Assert.True(await AcquireAsync(Two, 1, by: await RegisterAsync("other")));
    }

    [Fact]
    public async Task The_permits_of_a_silent_instance_do_not_count_until_it_is_back()
    {
        var silent = await RegisterAsync("silent");
        Assert.True(await AcquireAsync(One, 2, by: silent));
        await PassAsync(Lease - TimeSpan.FromSeconds(1));
        Assert.False(await AcquireAsync(Two, 2, weight: 2));
        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.True(await AcquireAsync(Two, 2));
        Assert.True(await AcquireAsync(Three, 2));
        Assert.False(await AcquireAsync(Guid.NewGuid(), 2));
        await ReleaseAsync(Two);
        await Store.RenewAsync(silent, [], Lease, None);
        Assert.False(await AcquireAsync(Two, 2));
    }

    [Fact]
    public async Task Who_was_silent_for_too_long_gets_no_permit_before_it_has_renewed()
    {
        var silent = await RegisterAsync("silent");
        await PassAsync(Lease);
        await Assert.ThrowsAsync<NotFoundException>(() => AcquireAsync(One, 1, by: silent));
        await Store.RenewAsync(silent, [], Lease, None);
        Assert.True(await AcquireAsync(One, 1, by: silent));
    }

    [Fact]
    public async Task Who_comes_back_keeps_the_permits_whose_place_nobody_has_taken()
    {
        var silent = await RegisterAsync("silent");
        Assert.True(await AcquireAsync(One, 2, by: silent));
        Assert.True(await AcquireAsync(Two, 2, by: silent));
        await PassAsync(Lease);
        Assert.True(await AcquireAsync(Three, 2));
        await Store.RenewAsync(silent, [], Lease, None);

        Assert.Equal([new HeldPermit("gpu", Two)], await KeepAsync(silent, One, Two));

        Assert.Equal([new HeldPermit("gpu", Two)], await KeepAsync(silent, One, Two));
        Assert.False(await AcquireAsync(Two, 2));
        await ReleaseAsync(Three);
        Assert.True(await AcquireAsync(Two, 2));
        Assert.False(await AcquireAsync(Three, 2));
    }

    [Fact]
    public async Task Permits_that_have_lapsed_or_ended_with_their_registration_are_not_kept()
    {
        Assert.True(await AcquireAsync(One, 4));
        await PassAsync(Minute);
        var other = await RegisterAsync("other");
        Assert.True(await AcquireAsync(Two, 4, by: other));
        Assert.Equal([new HeldPermit("gpu", One), new HeldPermit("gpu", Two)], await KeepAsync(Worker, One, Two));
        Assert.Empty(await KeepAsync(other, Two));
        await Store.EndInstanceAsync(other, InstanceEnd.Died, None);
        await Assert.ThrowsAsync<NotFoundException>(() => KeepAsync(other, Two));
        await Store.RegisterInstanceAsync(Instance("other", other), Lease, None);
        Assert.Equal([new HeldPermit("gpu", Two)], await KeepAsync(other, Two));
    }

    [Fact]
    public async Task A_stranger_gets_no_permit()
    {
        await Assert.ThrowsAsync<NotFoundException>(() => AcquireAsync(One, 1, by: Guid.NewGuid()));
        Assert.True(await AcquireAsync(Two, 1));
    }

    [Fact]
    public async Task Many_at_once_get_no_more_than_the_capacity()
    {
        var asked = Enumerable.Range(0, 64).Select(_ => Task.Run(() => AcquireAsync(Guid.NewGuid(), 4)));
        Assert.Equal(4, (await Task.WhenAll(asked)).Count(given => given));
    }

    [Fact]
    public async Task A_call_that_must_be_alone_takes_all_of_the_limit()
    {
        Assert.True(await AcquireAsync(One, 3));
        Assert.False(await AcquireAsync(Two, 3, weight: 3));
        Assert.True(await AcquireAsync(Two, 3, weight: 2));
        Assert.False(await AcquireAsync(Three, 3));
        await ReleaseAsync(Two);
        await ReleaseAsync(One);
        Assert.True(await AcquireAsync(Three, 3, weight: 3));
        Assert.False(await AcquireAsync(One, 3));
    }

    private Task<IReadOnlyList<HeldPermit>> KeepAsync(Guid by, params Guid[] permits) => Store.KeepPermitsAsync(by, [.. permits.Select(permit => new HeldPermit("gpu", permit))], None);

    private async Task<bool> AcquireAsync(Guid permit, int capacity, string of = "gpu", Guid? by = null, int weight = 1)
    {
        var reply = await Store.AcquirePermitAsync(new(of, capacity, weight, by ?? Worker, permit, Minute), None);
        Assert.True(reply.Outcome is PermitOutcome.Given or PermitOutcome.Full);
        return reply.Outcome == PermitOutcome.Given;
    }

    private Task ReleaseAsync(Guid permit, string of = "gpu") => Store.ReleasePermitAsync(new(of, permit), null, None);
}
