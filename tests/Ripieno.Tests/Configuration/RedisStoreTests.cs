using Ripieno.Configuration;
using Ripieno.Errors;

namespace Ripieno.Tests.Configuration;

/// <summary>The store's section when it names a Redis.</summary>
public sealed class RedisStoreTests : IDisposable
{
    private const string Canary = "hunter2";

    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Everything_that_can_be_said_arrives()
    {
        _folder.With("ca.pem", "").With("secret", Canary + "\r\n");

        var loaded = Load(
            """
            "kind": "redis", "endpoints": ["a:1", "b"], "user": "ripieno", "passwordFile": "secret", "tls": true, "certificateAuthority": "ca.pem",
            "keyPrefix": "shop", "partitions": 16, "allowDataLoss": true, "appendFsync": "always", "maxQueued": 1000
            """);

        var redis = loaded.Options.Runtime.Store.Redis;
        Assert.Equal(["a:1", "b:6379"], loaded.Redis!.Endpoints);
        Assert.Equal(("ripieno", Canary, true, Path.Combine(_folder.Path, "ca.pem")), (loaded.Redis.User, loaded.Redis.Password!.Value, loaded.Redis.Tls, loaded.Redis.CertificateAuthority));
        Assert.Equal(("shop", (int?)16, true, "always", (int?)1000), (redis.KeyPrefix, redis.Partitions, redis.AllowDataLoss, redis.AppendFsync, loaded.Options.Runtime.Store.MaxQueued));
        Assert.Equal("rediss:a:1,b:6379", loaded.StoreLocation);
        Assert.Contains("allowDataLoss", Assert.Single(ConfigurationFindings.Of(loaded)), StringComparison.Ordinal);
    }

    [Fact]
    public void Sentinels_are_asked_for_the_servers_they_watch()
    {
        _folder.Environment["WATCH"] = Canary;

        var loaded = Load("""
            "kind": "redis", "endpoints": ["a", "b:1"], "sentinelService": "main", "sentinelUser": "watcher", "sentinelPasswordEnv": "WATCH", "acknowledge": "replica"
            """);

        Assert.Equal(["a:26379", "b:1"], loaded.Redis!.Endpoints);
        Assert.Equal(("main", "watcher", Canary), (loaded.Redis.Service, loaded.Redis.SentinelUser, loaded.Redis.SentinelPassword!.Value));
        Assert.Equal(("redis+sentinel:a:26379,b:1/main", "replica"), (loaded.StoreLocation, loaded.Options.Runtime.Store.Redis.Acknowledge));
        Hides(loaded);
    }

    [Fact]
    public void Another_address_on_the_command_line_takes_the_place_of_the_sentinels()
    {
        _folder.Environment["WATCH"] = Canary;
        _folder.With(ConfigurationFile.Standard, """
            { "runtime": { "store": { "kind": "redis", "endpoints": ["a"], "sentinelService": "main", "sentinelPasswordEnv": "WATCH" } } }
            """);

        var server = _folder.Load(overrides: new(Store: "redis:cache")).Redis!;
        var sentinel = _folder.Load(overrides: new(Store: "redis+sentinel:c/other")).Redis!;

        Assert.Equal((null, null), (server.Service, server.SentinelPassword?.Value));
        Assert.Equal(("other", Canary), (sentinel.Service, sentinel.SentinelPassword?.Value));
    }

    [Theory]
    [InlineData("cache:7000", "redis:cache:7000", null, null)]
    [InlineData("redis:6379", "redis:redis:6379", null, null)]
    [InlineData("rediss://alice:hunter2@cache", "rediss:cache:6379", "alice", Canary)]
    public void The_address_may_stand_in_a_variable(string value, string location, string? user, string? password)
    {
        _folder.Environment["RIPIENO_REDIS"] = value;

        var loaded = Load("\"kind\": \"redis\", \"connectionEnv\": \"RIPIENO_REDIS\"");

        Assert.Equal((location, user, password), (loaded.StoreLocation, loaded.Redis!.User, loaded.Redis.Password?.Value));
        Hides(loaded);
    }

    [Fact]
    public void User_and_password_come_from_the_environment_when_nothing_else_names_them()
    {
        _folder.Environment["RIPIENO_REDIS_USER"] = "alice";
        _folder.Environment["RIPIENO_REDIS_PASSWORD"] = Canary;

        var loaded = _folder.Load(overrides: new(Store: "redis:cache"));

        Assert.Equal(("alice", Canary), (loaded.Redis!.User, loaded.Redis.Password!.Value));
        Assert.Equal("environment RIPIENO_REDIS_PASSWORD", loaded.Origins["runtime.store.passwordEnv"].ToString());
        Hides(loaded);
    }

    [Fact]
    public void The_environment_may_name_a_file_instead()
    {
        _folder.With("secret", Canary).Environment["RIPIENO_REDIS_PASSWORD_FILE"] = Path.Combine(_folder.Path, "secret");

        var loaded = _folder.Load(overrides: new(Store: "rediss:cache"));

        Assert.Equal((null, Canary, true), (loaded.Redis!.User, loaded.Redis.Password!.Value, loaded.Redis.Tls));
        Hides(loaded);
    }

    [Fact]
    public void What_the_file_names_is_not_replaced_by_the_environment()
    {
        _folder.Environment["MINE"] = Canary;
        _folder.Environment["RIPIENO_REDIS_USER"] = "other";
        _folder.Environment["RIPIENO_REDIS_PASSWORD"] = "other";

        var loaded = Load("\"kind\": \"redis\", \"endpoints\": [\"a\"], \"user\": \"me\", \"passwordEnv\": \"MINE\"");

        Assert.Equal(("me", Canary), (loaded.Redis!.User, loaded.Redis.Password!.Value));
    }

    [Fact]
    public void The_command_line_replaces_the_address_and_keeps_the_rest()
    {
        _folder.Environment["MINE"] = Canary;

        var loaded = Load(
            "\"kind\": \"redis\", \"endpoints\": [\"a\"], \"user\": \"me\", \"passwordEnv\": \"MINE\", \"keyPrefix\": \"shop\", \"tls\": true", "redis:b:2");

        Assert.Equal(("rediss:b:2", "me", Canary, "shop"), (loaded.StoreLocation, loaded.Redis!.User, loaded.Redis.Password!.Value, loaded.Options.Runtime.Store.Redis.KeyPrefix));
        Assert.Equal("command line --store", loaded.Origins["runtime.store.endpoints"].ToString());
    }

    [Fact]
    public void Who_is_named_on_the_command_line_is_who_connects()
    {
        _folder.Environment["MINE"] = "other";

        var loaded = Load("\"kind\": \"redis\", \"endpoints\": [\"a\"], \"user\": \"me\", \"passwordEnv\": \"MINE\"", $"redis://you:{Canary}@b");

        Assert.Equal(("you", Canary), (loaded.Redis!.User, loaded.Redis.Password!.Value));
        Hides(loaded);
        Assert.Contains("redis://***@b:6379", ConfigurationFindings.PasswordOnCommandLine(loaded), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sqlite:other.db")]
    [InlineData("other.db")]
    public void A_file_on_the_command_line_replaces_a_redis(string store)
    {
        var loaded = Load("\"kind\": \"redis\", \"endpoints\": [\"a\"], \"keyPrefix\": \"shop\"", store);

        Assert.Equal(("sqlite", null, Path.Combine(_folder.Path, "other.db")), (loaded.Options.Runtime.Store.Kind, loaded.Redis, loaded.StoreLocation));
    }

    [Fact]
    public void An_instance_file_may_choose_another_kind_of_store_or_another_way_to_name_it()
    {
        _folder.With("config/base.json", """{ "runtime": { "store": { "path": "x.db" } } }""")
            .With("config/redis.json", """{ "extends": "base.json", "runtime": { "store": { "kind": "redis", "endpoints": ["a"], "passwordEnv": "MINE" } } }""")
            .With("config/other.json", """{ "extends": "redis.json", "runtime": { "store": { "connectionEnv": "WHERE", "passwordFile": "secret" } } }""")
            .With("secret", Canary);
        _folder.Environment["WHERE"] = "b";
        _folder.Environment["MINE"] = "mine";

        Assert.Equal("redis:a:6379", _folder.Load("config/redis.json").StoreLocation);
        var other = _folder.Load("config/other.json");
        Assert.Equal(("redis:b:6379", Canary), (other.StoreLocation, other.Redis!.Password!.Value));
    }

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once_with_its_line()
    {
        _folder.With(ConfigurationFile.Standard, """
            { "runtime": { "store": {
              "kind": "redis",
              "path": "x.db",
              "endpoints": ["a"],
              "userEnv": "UNSET_USER",
              "passwordFile": "none",
              "certificateAuthority": "none.pem"
            } } }
            """);

        var refusal = Assert.Throws<InvalidInputException>(() => _folder.Load());

        Assert.Equal(
            [
                ("runtime.store.path", 3), ("runtime.store.userEnv", 5), ("runtime.store.passwordFile", 6),
                ("runtime.store.certificateAuthority", 7), ("runtime.store.certificateAuthority", 7),
            ],
            refusal.Problems.Select(problem => (problem.Place, problem.Line ?? 0)));
    }

    [Theory]
    [InlineData("RIPIENO_REDIS_USER")]
    [InlineData("RIPIENO_REDIS_PASSWORD")]
    public void Two_users_or_passwords_are_one_too_many(string variable)
    {
        _folder.Environment["WHERE"] = $"redis://alice:{Canary}@a";
        _folder.Environment[variable] = "other";
        // Only what a file names can contradict the address: the variables fill in.
        Assert.Equal(("alice", Canary), (Where("").Redis!.User, Where("").Redis!.Password!.Value));

        var key = variable.EndsWith("USER", StringComparison.Ordinal) ? "userEnv" : "passwordEnv";
        var refusal = Assert.Throws<InvalidInputException>(() => Where($", \"{key}\": \"{variable}\""));

        Assert.Contains("beside that of the address", Assert.Single(refusal.Problems).Found, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, refusal.ToString(), StringComparison.Ordinal);

        LoadedConfiguration Where(string more) => Load($"\"kind\": \"redis\", \"connectionEnv\": \"WHERE\"{more}");
    }

    [Fact]
    public void A_password_and_a_file_with_one_in_the_environment_are_one_too_many()
    {
        _folder.With("secret", "other");
        _folder.Environment["RIPIENO_REDIS_PASSWORD"] = Canary;
        _folder.Environment["RIPIENO_REDIS_PASSWORD_FILE"] = "secret";

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => _folder.Load(overrides: new(Store: "redis:a"))).Problems);

        Assert.Equal("RIPIENO_REDIS_PASSWORD_FILE", problem.Place);
    }

    [Theory]
    [InlineData("redis://u:hunter2@")]
    [InlineData("redis:hunter2@a:b:c")]
    [InlineData("postgres://u:hunter2@host/db")]
    public void A_wrong_address_on_the_command_line_is_not_printed_when_it_may_hold_a_password(string store)
    {
        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => _folder.Load(overrides: new(Store: store))).Problems);

        Assert.Equal("--store", problem.Place);
        Assert.DoesNotContain(Canary, problem.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mysql:x")]
    [InlineData("reddis:cache:6379")]
    [InlineData("cache:6379")]
    public void Another_kind_of_store_is_no_name_of_a_file(string store)
    {
        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => _folder.Load(overrides: new(Store: store))).Problems);

        Assert.Contains(store, problem.ToString(), StringComparison.Ordinal);
        Assert.Contains("sqlite:PATH or redis:HOST:PORT", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_address_in_a_variable_is_not_printed()
    {
        _folder.Environment["WHERE"] = $"redis://u:{Canary}@a:b";

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => Load("\"kind\": \"redis\", \"connectionEnv\": \"WHERE\"")).Problems);

        Assert.Contains("a value of WHERE that is no address", problem.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_lone_server_is_limited_for_each_instance_only_where_there_are_many_machines()
    {
        Assert.Null(Assert.Single(_folder.Load(overrides: new(Store: "redis:a")).Endpoints).Limit);
        Assert.Equal(2, Assert.Single(_folder.Load().Endpoints).Limit);
    }

    [Fact]
    public void What_is_shown_loads_again_as_the_same_store()
    {
        _folder.Environment["RIPIENO_REDIS_USER"] = "alice";
        _folder.Environment["RIPIENO_REDIS_PASSWORD"] = Canary;
        var first = Load("\"kind\": \"redis\", \"endpoints\": [\"a\", \"b:2\"], \"partitions\": 4, \"maxQueued\": 9", "rediss:c:3,d");

        var shown = EffectiveConfiguration.Render(first);
        var again = _folder.With("again.json", shown).Load("again.json");

        Assert.Equal((first.StoreLocation, first.Redis!.User, first.Redis.Password), (again.StoreLocation, again.Redis!.User, again.Redis.Password));
        Assert.Equal(EffectiveConfiguration.Values(first).Select(value => (value.Place, value.Value)), EffectiveConfiguration.Values(again).Select(value => (value.Place, value.Value)));
        Assert.Contains("\"endpoints\": [\"c:3\", \"d:6379\"],  // command line --store", shown, StringComparison.Ordinal);
        Assert.Contains("\"passwordEnv\": \"RIPIENO_REDIS_PASSWORD\",  // environment RIPIENO_REDIS_PASSWORD", shown, StringComparison.Ordinal);
    }

    private LoadedConfiguration Load(string store, string? commandLine = null) =>
        _folder.With(ConfigurationFile.Standard, $$"""{ "runtime": { "store": { {{store}} } } }""").Load(overrides: new(Store: commandLine));

    private static void Hides(LoadedConfiguration loaded)
    {
        Assert.DoesNotContain(Canary, loaded.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, EffectiveConfiguration.Render(loaded), StringComparison.Ordinal);
        Assert.DoesNotContain(EffectiveConfiguration.Values(loaded), value => value.ToString().Contains(Canary, StringComparison.Ordinal));
        Assert.DoesNotContain(Canary, string.Concat(ConfigurationFindings.Of(loaded)), StringComparison.Ordinal);
    }
}
