using System.Diagnostics;
using System.Net.Sockets;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>What the other tests rest on: that a server really dies, freezes, forgets and keeps, and that an answer is really lost.</summary>
public sealed class RedisServerTests
{
    [Fact]
    public async Task A_killed_server_keeps_what_it_flushed_and_comes_back_at_its_place()
    {
        await using var server = await RedisServer.StartAsync(new() { AppendFsync = "always" });
        await server.CallAsync("SET", "key", "kept");
        var pid = server.Pid;

        await server.KillAsync();
        await Assert.ThrowsAnyAsync<SocketException>(() => server.CallAsync("PING"));
        await server.RestartAsync();

        Assert.NotEqual(pid, server.Pid);
        Assert.Equal("kept", await server.CallAsync("GET", "key"));
    }

    [Fact]
    public async Task A_frozen_server_answers_once_it_thaws()
    {
        await using var server = await RedisServer.StartAsync();
        await server.CallAsync("PING");
        await server.FreezeAsync();
        var answer = server.CallAsync("PING");
        Assert.False(answer.IsCompleted);

        server.Thaw();

        Assert.Equal("PONG", await answer);
    }

    [Fact]
    public async Task Two_servers_know_nothing_of_each_other_and_leave_nothing_behind()
    {
        var one = await RedisServer.StartAsync(new() { Password = "secret" });
        await using var two = await RedisServer.StartAsync(new() { Arguments = ["--maxmemory", "20mb"] });
        await one.CallAsync("SET", "key", "of one");

        Assert.Null(await two.CallAsync("GET", "key"));
        Assert.Equal(["maxmemory", (20 * 1024 * 1024).ToString()], await two.CallAsync("CONFIG", "GET", "maxmemory") as object?[]);
        using (var stranger = await RedisWire.ConnectAsync(one.Host, one.Port, null))
            Assert.Contains("NOAUTH", (await Assert.ThrowsAsync<InvalidOperationException>(() => stranger.CallAsync("GET", "key"))).Message, StringComparison.Ordinal);

        var pid = one.Pid;
        await one.DisposeAsync();
        Assert.Throws<ArgumentException>(() => Process.GetProcessById(pid));
        Assert.False(Directory.Exists(one.Folder));
    }

    [Fact]
    public async Task A_lost_answer_belongs_to_a_script_that_happened()
    {
        await using var server = await RedisServer.StartAsync();
        await using var proxy = new LossyProxy(server.Host, server.Port, oneIn: 0, seed: 0);
        var port = int.Parse(proxy.Endpoint.Split(':')[1]);
        using (var wire = await RedisWire.ConnectAsync(server.Host, port, null))
        {
            Assert.Equal(1L, await wire.CallAsync("EVAL", "return redis.call('INCR', KEYS[1])", "1", "key"));
            proxy.SwallowNext();
            Assert.Equal("PONG", await wire.CallAsync("PING"));
            await Assert.ThrowsAnyAsync<IOException>(() => wire.CallAsync("EVAL", "return redis.call('INCR', KEYS[1])", "1", "key"));
        }

        using var next = await RedisWire.ConnectAsync(server.Host, port, null);
        Assert.Equal("2", await next.CallAsync("GET", "key"));
        Assert.Equal(1, proxy.Swallowed);
    }
}
