using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Redis;
using Ripieno.Storage;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.Stores.Tests.Redis;

/// <summary>Which servers are accepted, and what is said to the others.</summary>
[Trait("Promise", "I17")]
public sealed class RedisOpeningTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory]
    [InlineData("--appendonly", "no", "Set 'appendonly yes'")]
    [InlineData("--appendfsync", "no", "Set 'appendfsync everysec' or 'always'")]
    [InlineData("--maxmemory-policy", "allkeys-lru", "Set 'maxmemory-policy noeviction'")]
    public async Task A_server_that_would_lose_runs_is_refused_unless_that_is_wanted(string option, string value, string advice)
    {
        await using var server = await RedisServer.StartAsync(new() { Arguments = [option, value] });
        var settings = new RedisSettings { Endpoints = [server.Endpoint] };

        var refusal = await RefusedAsync(settings);

        Assert.Contains(advice, refusal, StringComparison.Ordinal);
        Assert.Contains("allowDataLoss", refusal, StringComparison.Ordinal);
        Assert.Equal(0L, await server.CallAsync("DBSIZE"));
        await WorksAsync(settings with { AllowDataLoss = true });
    }

    [Fact]
    public void A_server_that_is_too_old_is_refused()
    {
        var facts = new ServerFacts { Version = "6.2.14", IsCluster = false, AppendOnly = true, AppendFsync = "always", EvictionPolicy = "noeviction" };

        var refusal = Assert.Throws<StoreUnavailableException>(() => facts.Refuse(new() { Endpoints = ["a:1"], AllowDataLoss = true }, "a:1")).Message;

        Assert.Equal("The Redis server at a:1 is version 6.2.14; 7.0 or newer is needed.", refusal);
    }

    [Fact]
    public async Task A_server_that_does_not_tell_its_settings_must_be_vouched_for()
    {
        await using var server = await RedisServer.StartAsync(new() { Arguments = ["--rename-command", "CONFIG", ""] });
        var settings = new RedisSettings { Endpoints = [server.Endpoint] };

        Assert.Contains("\"appendFsync\": \"always\" or \"everysec\"", await RefusedAsync(settings), StringComparison.Ordinal);
        await WorksAsync(settings with { AppendFsync = "everysec" });
        Assert.Contains("appendfsync no", await RefusedAsync(settings with { AppendFsync = "no" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_right_password_opens_the_store_and_none_is_repeated()
    {
        const string Right = "canary-right", Wrong = "canary-wrong";
        await using var server = await RedisServer.StartAsync(new() { Password = Right });
        var settings = new RedisSettings { Endpoints = [server.Endpoint] };

        foreach (var refusal in new[] { await RefusedAsync(settings), await RefusedAsync(settings with { Password = new Secret(Wrong) }), await RefusedAsync(settings with { User = "nobody", Password = new Secret(Right) }) })
        {
            Assert.Contains("credentials were refused", refusal, StringComparison.Ordinal);
            Assert.DoesNotContain("canary", refusal, StringComparison.Ordinal);
        }

        await WorksAsync(settings with { Password = new Secret(Right) });
    }

    [Fact]
    public async Task An_encrypted_connection_is_made_only_to_the_server_that_the_authority_vouches_for()
    {
        using var folder = new CertificateFolder();
        var (certificate, key) = folder.Issue("server", "127.0.0.1");
        await using var server = await RedisServer.StartAsync(new() { Certificate = certificate, CertificateKey = key });
        var (elsewhere, elsewhereKey) = folder.Issue("elsewhere", "10.1.2.3");
        await using var impostor = await RedisServer.StartAsync(new() { Certificate = elsewhere, CertificateKey = elsewhereKey });
        var settings = new RedisSettings { Endpoints = [server.TlsEndpoint], Tls = true, CertificateAuthority = folder.Authority };

        await WorksAsync(settings);
        foreach (var refusal in new[] { await RefusedAsync(settings with { CertificateAuthority = null }), await RefusedAsync(settings with { Endpoints = [impostor.TlsEndpoint] }) })
            Assert.Contains("encrypted connection", refusal, StringComparison.Ordinal);
        var plain = await RefusedAsync(settings with { Endpoints = [server.Endpoint] });
        Assert.Contains("encrypted connection", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("credentials", plain, StringComparison.Ordinal);
    }

    private static async Task<string> RefusedAsync(RedisSettings settings)
    {
        var refusal = (await Assert.ThrowsAsync<StoreUnavailableException>(() => RedisStore.OpenAsync(settings, TimeProvider.System, None))).Message;
        TestContext.Current.TestOutputHelper?.WriteLine(refusal);
        return refusal;
    }

    private static async Task WorksAsync(RedisSettings settings)
    {
        await using var store = await RedisStore.OpenAsync(settings, TimeProvider.System, None);
        Assert.Equal(SubmitOutcome.Created, await store.SubmitAsync(Samples.Run("r"), None));
    }
}
