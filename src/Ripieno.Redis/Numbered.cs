namespace Ripieno.Redis;

/// <summary>Each thing once, numbered from 1 in the order in which they came.</summary>
internal sealed class Numbered<T>(IEqualityComparer<T> comparer)
    where T : notnull
{
    private readonly Dictionary<T, int> _numbers = new(comparer);
    private readonly List<T> _all = [];

    public IReadOnlyList<T> All => _all;

    public int Number(T thing)
    {
        if (!_numbers.TryGetValue(thing, out var number))
        {
            _all.Add(thing);
            _numbers.Add(thing, number = _all.Count);
        }

        return number;
    }
}
