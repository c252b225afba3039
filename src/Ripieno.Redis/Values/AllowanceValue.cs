using Ripieno.Storage;
using StackExchange.Redis;

namespace Ripieno.Redis.Values;

/// <summary>
/// What a limit allows and what was used of it: <c>&gt;u4 u4 u4 u8</c> capacity, requests and tokens a minute (0 = not limited), when it was used last; then for each second in which it was
/// <c>u4 u4 u4</c> second, requests, tokens.
/// </summary>
internal sealed record AllowanceValue(int Capacity, int Requests, int Tokens, long UsedAt, IReadOnlyList<(long Second, long Requests, long Tokens)> Uses)
{
    public static AllowanceValue Decode(RedisValue value)
    {
        var reader = new ValueReader("A limit", value);
        var (capacity, requests, tokens, used) = (reader.Count(), reader.Count(), reader.Count(), reader.U8());
        var uses = new List<(long, long, long)>();
        while (!reader.IsAtEnd)
            uses.Add((reader.U4(), reader.U4(), reader.U4()));
        return new(capacity, requests, tokens, used, uses);
    }

    public LimitRecord ToRecord(string name, long now)
    {
        var counted = Uses.Where(use => use.Second > now / 1000 - RateWindow.Seconds).ToList();
        return new(name)
        {
            Capacity = Capacity == 0 ? null : Capacity,
            RequestsPerMinute = Requests == 0 ? null : Requests,
            TokensPerMinute = Tokens == 0 ? null : Tokens,
            Requests = counted.Sum(use => use.Requests),
            Tokens = counted.Sum(use => use.Tokens),
            UsedAt = DateTimeOffset.FromUnixTimeMilliseconds(UsedAt),
        };
    }
}
