using Ripieno.Documents;
using Ripieno.Errors;
using Ripieno.Models;

namespace Ripieno.Configuration;

/// <summary>Turns the options of a Redis store into a target, and says what is wrong with them.</summary>
/// <param name="options">Merged options.</param>
/// <param name="origins">Where the values come from, for the lines in the problems.</param>
/// <param name="environment">Looks up an environment variable; passwords are read here, and only here.</param>
/// <param name="fileExists">Tells whether a file relative to the project folder exists.</param>
/// <param name="readFile">The text of a file relative to the project folder; null when it cannot be read.</param>
internal sealed class EffectiveStore(
    StoreOptions options, ConfigurationOrigins origins, Func<string, string?> environment, Func<string, bool> fileExists, Func<string, string?> readFile)
{
    public const string UserVariable = "RIPIENO_REDIS_USER";
    public const string PasswordVariable = "RIPIENO_REDIS_PASSWORD";
    public const string PasswordFileVariable = "RIPIENO_REDIS_PASSWORD_FILE";

    private const string Section = "runtime.store";

    /// <summary>Takes user and password from their variables where neither file nor address says whose they are.</summary>
    public static (RipienoOptions Options, ConfigurationOrigins Origins) WithEnvironment(
        RipienoOptions options, ConfigurationOrigins origins, Func<string, string?> environment)
    {
        var store = options.Runtime.Store;
        if (store.Kind != StoreKind.Redis)
            return (options, origins);
        var redis = store.Redis;
        var address = Address(redis, environment);
        if ((redis.User ?? redis.UserEnv ?? address?.User) is null && Value(UserVariable) is not null)
            Set("userEnv", UserVariable, redis with { UserEnv = UserVariable });
        if ((redis.PasswordEnv ?? redis.PasswordFile ?? address?.Password?.Value) is null)
        {
            if (Value(PasswordVariable) is not null)
                Set("passwordEnv", PasswordVariable, redis with { PasswordEnv = PasswordVariable });
            if (Value(PasswordFileVariable) is { } file)
                Set("passwordFile", PasswordFileVariable, redis with { PasswordFile = file });
        }

        return (options with { Runtime = options.Runtime with { Store = store with { Redis = redis } } }, origins);

        string? Value(string variable) => environment(variable) is { Length: > 0 } value ? value : null;

        void Set(string key, string variable, RedisOptions with)
        {
            redis = with;
            origins = origins.With($"{Section}.{key}", new Origin(OriginKind.Environment, variable));
        }
    }

    /// <summary>Everything that is wrong; empty = <see cref="Target"/> may be asked for.</summary>
    /// <param name="before">What was wrong with single values: an address that was refused is not missing.</param>
    public IReadOnlyList<Problem> Problems(IEnumerable<Problem> before) => options.Kind == StoreKind.Redis
        ? [.. Strangers(StoreKind.Redis, StoreKind.Sqlite, ["path"]), .. AddressProblems(before), .. SentinelProblems(), .. CredentialProblems(), .. FileProblems()]
        : [.. Strangers(StoreKind.Sqlite, StoreKind.Redis, ConfigurationKeys.RedisOnly)];

    /// <summary>How to reach the Redis; null for another kind of store.</summary>
    public RedisTarget? Target(string projectFolder)
    {
        var redis = options.Redis;
        if (options.Kind != StoreKind.Redis || Address(redis, environment) is not { } address)
            return null;
        var password = address.Password?.Value ?? (redis.PasswordEnv is { } variable ? environment(variable) : redis.PasswordFile is { } file ? Password(file) : null);
        return new(
            address.Endpoints,
            address.Tls || redis.Tls,
            address.User ?? redis.User ?? (redis.UserEnv is { } user ? environment(user) : null),
            string.IsNullOrEmpty(password) ? null : new Secret(password),
            redis.CertificateAuthority is { } authority ? Path.GetFullPath(authority, projectFolder) : null)
        {
            Service = address.Service,
            SentinelUser = redis.SentinelUser,
            SentinelPassword = redis.SentinelPasswordEnv is { } name && environment(name) is { Length: > 0 } secret ? new Secret(secret) : null,
        };
    }

    private static RedisAddress? Address(RedisOptions redis, Func<string, string?> environment)
    {
        if (redis.Address is not null)
            return redis.Address;
        if (redis.ConnectionEnv is { } variable)
            return environment(variable) is { } text && !string.IsNullOrWhiteSpace(text) ? RedisAddress.Parse(text) : null;
        if (redis.Endpoints.IsEmpty)
            return null;
        return redis.SentinelService is { } service
            ? new([.. redis.Endpoints.Select(endpoint => RedisAddress.Endpoint(endpoint, RedisAddress.SentinelPort)!)], Tls: false, null, null, service)
            : new([.. redis.Endpoints.Select(endpoint => RedisAddress.Endpoint(endpoint)!)], Tls: false, null, null);
    }

    private IEnumerable<Problem> Strangers(string kind, string otherKind, IReadOnlyList<string> keys) =>
        keys.Where(key => origins.ByPlace.ContainsKey($"{Section}.{key}")).Select(key => Problem(
            key, $"a setting of the {otherKind} store", $"settings of the {kind} store only", $"Remove it, or say \"kind\": \"{otherKind}\"."));

    private IEnumerable<Problem> AddressProblems(IEnumerable<Problem> before)
    {
        var redis = options.Redis;
        var isMissing = redis.Address is null && redis.ConnectionEnv is null && redis.Endpoints.IsEmpty;
        if (isMissing && !before.Any(problem => problem.Place is "--store" || problem.Place.StartsWith(Section, StringComparison.Ordinal)))
        {
            yield return origins.Near(Section).Problem(
                Section, "no address", "\"connectionEnv\" or \"endpoints\"", "Say for example \"endpoints\": [\"localhost:6379\"], or --store redis:localhost:6379.");
        }

        if (redis.ConnectionEnv is not { } variable)
            yield break;
        if (string.IsNullOrWhiteSpace(environment(variable)))
            yield return Unset("connectionEnv", variable, "the address of a Redis");
        else if (Address(redis, environment) is null)
            yield return Problem("connectionEnv", $"a value of {variable} that is no address (not shown, it may hold a password)", RedisAddress.Expected);
    }

    private IEnumerable<Problem> SentinelProblems()
    {
        var redis = options.Redis;
        if (redis.SentinelPasswordEnv is { } password && string.IsNullOrEmpty(environment(password)))
            yield return Unset("sentinelPasswordEnv", password, "the Sentinels' password");
        if (Address(redis, environment) is not { Service: null })
            yield break;
        foreach (var key in new[] { redis.SentinelUser is null ? null : "sentinelUser", redis.SentinelPasswordEnv is null ? null : "sentinelPasswordEnv" }.OfType<string>())
            yield return Problem(key, "credentials of Sentinels for servers that are reached without them", "\"sentinelService\", or an address with redis+sentinel:");
    }

    private IEnumerable<Problem> CredentialProblems()
    {
        var redis = options.Redis;
        var address = Address(redis, environment);
        if (redis.UserEnv is { } user && string.IsNullOrWhiteSpace(environment(user)))
            yield return Unset("userEnv", user, "the user's name");
        if (redis.PasswordEnv is { } password && string.IsNullOrEmpty(environment(password)))
            yield return Unset("passwordEnv", password, "the password");
        if (redis.PasswordFile is { } file && string.IsNullOrEmpty(Password(file)))
            yield return Problem("passwordFile", $"\"{file}\", which is empty or cannot be read", "a file with the password in its first line");
        if (redis.PasswordEnv is not null && redis.PasswordFile is not null)
            yield return Problem("passwordFile", "a second password beside that of \"passwordEnv\"", "one of them");
        if (address?.User is not null && (redis.User ?? redis.UserEnv) is not null)
            yield return Problem(redis.User is null ? "userEnv" : "user", "a second user beside that of the address", "one of them");
        if (address?.Password is not null && (redis.PasswordEnv ?? redis.PasswordFile) is not null)
            yield return Problem(redis.PasswordEnv is null ? "passwordFile" : "passwordEnv", "a second password beside that of the address", "one of them");
    }

    private IEnumerable<Problem> FileProblems()
    {
        if (options.Redis.CertificateAuthority is not { } authority)
            yield break;
        if (!fileExists(authority))
            yield return Problem("certificateAuthority", $"\"{authority}\", which does not exist", "a PEM file, absolute or relative to the project folder");
        if (!options.Redis.Tls && Address(options.Redis, environment) is { Tls: false })
            yield return Problem("certificateAuthority", "an authority for a connection without TLS", "\"tls\": true, or an address that begins with rediss:");
    }

    // Editors end a file with a new line, which is no part of the password.
    private string? Password(string file) => readFile(file)?.Split('\n', 2)[0].TrimEnd('\r');

    private Problem Unset(string key, string variable, string what) =>
        Problem(key, $"the environment variable {variable}, which is not set", $"a variable that holds {what}", $"export {variable}=… before starting.");

    private Problem Problem(string key, string found, string expected, string? nextStep = null) =>
        origins.Near($"{Section}.{key}").Problem($"{Section}.{key}", found, expected, nextStep);
}
