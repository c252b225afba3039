using System.Text;

namespace Ripieno.EndToEnd.Tests.Processes;

/// <summary>What a process has written to one of its streams, also while it goes on.</summary>
internal sealed class ToldText
{
    private readonly StringBuilder _text = new();
    private readonly Task _reading;

    public ToldText(StreamReader stream) => _reading = ReadAsync(stream);

    public string SoFar
    {
        get
        {
            lock (_text)
                return _text.ToString();
        }
    }

    /// <summary>All of it, once the stream has ended.</summary>
    public async Task<string> WholeAsync()
    {
        await _reading;
        return SoFar;
    }

    private async Task ReadAsync(StreamReader stream)
    {
        var buffer = new char[4096];
        while (await stream.ReadAsync(buffer) is > 0 and var count)
        {
            lock (_text)
                _text.Append(buffer, 0, count);
        }
    }
}
