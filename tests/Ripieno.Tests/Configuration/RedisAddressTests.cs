using Ripieno.Configuration;

namespace Ripieno.Tests.Configuration;

public sealed class RedisAddressTests
{
    [Theory]
    [InlineData("redis:cache", "cache:6379", false, null, null)]
    [InlineData("redis:cache:7000", "cache:7000", false, null, null)]
    [InlineData("REDISS:cache", "cache:6379", true, null, null)]
    [InlineData("redis:a:1,b,[::1]:3", "a:1 b:6379 [::1]:3", false, null, null)]
    [InlineData("10.0.0.7:7001", "10.0.0.7:7001", false, null, null)]
    [InlineData("::1", "[::1]:6379", false, null, null)]
    [InlineData(" redis://cache/ ", "cache:6379", false, null, null)]
    [InlineData("rediss://cache:1/0", "cache:1", true, null, null)]
    [InlineData("redis://alice@cache", "cache:6379", false, "alice", null)]
    [InlineData("redis://:pass@cache", "cache:6379", false, null, "pass")]
    [InlineData("redis://alice:p%40ss@cache:1,other:2", "cache:1 other:2", false, "alice", "p@ss")]
    [InlineData("redis:alice:p@ss/wo:rd@cache:1", "cache:1", false, "alice", "p@ss/wo:rd")]
    [InlineData("redis:6379", "redis:6379", false, null, null)]
    [InlineData("redis:6379,redis-2:6379", "redis:6379 redis-2:6379", false, null, null)]
    [InlineData("redis:redis:6379", "redis:6379", false, null, null)]
    public void Says_where_how_and_who(string text, string endpoints, bool tls, string? user, string? password)
    {
        var address = RedisAddress.Parse(text);

        Assert.NotNull(address);
        Assert.Equal(endpoints.Split(' '), address.Endpoints);
        Assert.Equal((tls, user, password), (address.Tls, address.User, address.Password?.Value));
    }

    [Theory]
    [InlineData("redis+sentinel:a,b:1/main", "a:26379 b:1", false, "main", null)]
    [InlineData("REDISS+SENTINEL://:pass@a/my-master", "a:26379", true, "my-master", "pass")]
    public void Sentinels_are_named_with_what_they_watch(string text, string endpoints, bool tls, string service, string? password)
    {
        var address = RedisAddress.Parse(text);

        Assert.NotNull(address);
        Assert.Equal(endpoints.Split(' '), address.Endpoints);
        Assert.Equal((tls, service, password), (address.Tls, address.Service, address.Password?.Value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("redis+sentinel:a:1")]
    [InlineData("redis+sentinel:a:1/")]
    [InlineData("redis+sentinel:a:1/x/y")]
    [InlineData("redis:a:1/main")]
    [InlineData("redis:")]
    [InlineData("redis:a,,b")]
    [InlineData("redis:a:0")]
    [InlineData("redis:a:65536")]
    [InlineData("redis:a:port")]
    [InlineData("redis:a b:1")]
    [InlineData("redis:12,34")]
    [InlineData("redis://a/7")]
    [InlineData("redis://a?ssl=true")]
    [InlineData("redis://user:pass@")]
    [InlineData("/run/redis.sock")]
    public void What_is_no_address_is_none(string text) => Assert.Null(RedisAddress.Parse(text));

    [Theory]
    [InlineData("redis://user:secret@cache:1", "redis://***@cache:1")]
    [InlineData("unknown option '--sotre=rediss:sec ret@x'.", "unknown option '--sotre=rediss:***@x'.")]
    [InlineData("redis:a,redis://:se@cret@b", "redis:***@b")]
    [InlineData("redis+sentinel://:secret@a/main", "redis+sentinel://***@a/main")]
    [InlineData("nothing to hide at a@b", "nothing to hide at a@b")]
    public void Users_and_passwords_are_hidden(string text, string shown) => Assert.Equal(shown, RedisAddress.Mask(text));
}
