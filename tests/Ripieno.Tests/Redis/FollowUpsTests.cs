using Ripieno.Redis;

namespace Ripieno.Tests.Redis;

public sealed class FollowUpsTests
{
    private static readonly Guid Worker = Guid.Parse("11111111-1111-1111-1111-111111111111");

    private static readonly Guid Other = Guid.Parse("22222222-2222-2222-2222-222222222222");

    [Fact]
    public async Task Who_wants_to_be_alone_waits_for_those_under_way_and_none_begins_meanwhile()
    {
        var followUps = new FollowUps();
        var worked = false;
        Assert.True(followUps.Begin(Worker));
        Assert.True(followUps.Begin(Worker));

        var alone = followUps.AloneAsync(
            Worker,
            () =>
            {
                worked = true;
                Assert.False(followUps.Begin(Worker));
                return Task.CompletedTask;
            },
            CancellationToken.None);
        Assert.False(followUps.Begin(Worker));
        Assert.True(followUps.Begin(Other));
        followUps.End(Worker);
        Assert.False(worked);
        followUps.End(Worker);
        await alone;

        Assert.True(worked);
        Assert.True(followUps.Begin(Worker));
    }

    [Fact]
    public async Task Who_waits_in_vain_does_nothing_and_leaves_the_way_open()
    {
        var followUps = new FollowUps();
        Assert.True(followUps.Begin(Worker));

        await followUps.AloneAsync(Worker, () => throw new InvalidOperationException("Not alone."), CancellationToken.None);

        Assert.True(followUps.Begin(Worker));
        followUps.End(Worker);
        followUps.End(Worker);
        await followUps.AloneAsync(Worker, () => Task.CompletedTask, CancellationToken.None);
    }
}
