using System.Globalization;
using StackExchange.Redis;

namespace Ripieno.Redis.Reading;

/// <summary>
/// Several reads of one partition in one moment. By a script, because a server that is out of memory refuses whatever comes between MULTI and EXEC, reads too, and that is when people look. Tasks are
/// done after <see cref="ExecuteAsync"/>.
/// </summary>
internal sealed class Moment(IDatabase db)
{
    private const string Script =
        """
        local out, at = {}, 1
        for i = 1, #KEYS do
          local n = tonumber(ARGV[at])
          out[i] = redis.call(ARGV[at + 1], KEYS[i], unpack(ARGV, at + 2, at + 1 + n))
          at = at + 2 + n
        end
        return out
        """;

    private readonly List<RedisKey> _keys = [];
    private readonly List<RedisValue> _arguments = [];
    private readonly List<Action<RedisResult>> _answers = [];

    public async Task ExecuteAsync()
    {
        var answers = (RedisResult[])(await db.ScriptEvaluateReadOnlyAsync(Script, [.. _keys], [.. _arguments], CommandFlags.DemandMaster))!;
        for (var i = 0; i < answers.Length; i++)
            _answers[i](answers[i]);
    }

    public Task<RedisValue> HashGetAsync(RedisKey key, RedisValue field) => Add("HGET", key, [field], answer => (RedisValue)answer);

    /// <param name="key">Which.</param>
    /// <param name="fields">At most a few thousand: Lua passes them on its stack.</param>
    public Task<RedisValue[]> HashGetAsync(RedisKey key, RedisValue[] fields) => Add("HMGET", key, fields, Values);

    public Task<HashEntry[]> HashGetAllAsync(RedisKey key) => Add(
        "HGETALL", key, [], answer => Values(answer).Chunk(2).Select(pair => new HashEntry(pair[0], pair[1])).ToArray());

    public Task<RedisValue[]> HashKeysAsync(RedisKey key) => Add("HKEYS", key, [], Values);

    public Task<long> HashLengthAsync(RedisKey key) => Add("HLEN", key, [], answer => (long)answer);

    public Task<long> SortedSetLengthAsync(RedisKey key) => Add("ZCARD", key, [], answer => (long)answer);

    public Task<RedisValue[]> SortedSetAsync(RedisKey key) => Add("ZRANGE", key, [0, -1], Values);

    public Task<SortedSetEntry[]> SortedSetWithScoresAsync(RedisKey key) => Add(
        "ZRANGE", key, [0, -1, "WITHSCORES"], answer => Values(answer).Chunk(2).Select(pair => new SortedSetEntry(pair[0], Score(pair[1])!.Value)).ToArray());

    public Task<double?> SortedSetScoreAsync(RedisKey key, RedisValue member) => Add("ZSCORE", key, [member], answer => Score((RedisValue)answer));

    /// <summary>Members from <paramref name="first"/> on that sort before <paramref name="bound"/>.</summary>
    public Task<RedisValue[]> SortedSetRangeAsync(RedisKey key, byte[] first, byte[] bound) =>
        Add("ZRANGEBYLEX", key, [(byte[])[(byte)'[', .. first], (byte[])[(byte)'(', .. bound]], Values);

    private Task<T> Add<T>(string command, RedisKey key, RedisValue[] arguments, Func<RedisResult, T> read)
    {
        var completion = new TaskCompletionSource<T>();
        _keys.Add(key);
        _arguments.AddRange([arguments.Length, command, .. arguments]);
        _answers.Add(answer => completion.SetResult(read(answer)));
        return completion.Task;
    }

    private static RedisValue[] Values(RedisResult answer) => (RedisValue[])answer!;

    private static double? Score(RedisValue score) => score.IsNull ? null : double.Parse(score.ToString(), CultureInfo.InvariantCulture);
}
