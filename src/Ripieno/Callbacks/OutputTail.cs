using System.Text;

namespace Ripieno.Callbacks;

/// <summary>The last lines of what a process printed on one of its streams.</summary>
internal sealed class OutputTail
{
    private const int MostCharacters = 600;

    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();

    /// <summary>Reads to the end, so that the process is never held up, and keeps what came last.</summary>
    public async Task ReadAsync(StreamReader stream)
    {
        var buffer = new char[1024];
        try
        {
            while (await stream.ReadAsync(buffer) is > 0 and var length)
                Add(buffer.AsSpan(0, length));
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The process was left behind.
        }
    }

    public override string ToString()
    {
        lock (_lock)
            return string.Join(" | ", _text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(5));
    }

    private void Add(ReadOnlySpan<char> piece)
    {
        lock (_lock)
        {
            _text.Append(piece);
            if (_text.Length > MostCharacters)
                _text.Remove(0, _text.Length - MostCharacters);
        }
    }
}
