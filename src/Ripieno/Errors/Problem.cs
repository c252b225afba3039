using System.Text;

namespace Ripieno.Errors;

/// <summary>One thing wrong with something a user wrote: where it is, what stands there, what should, and what to do next.</summary>
/// <param name="File">The file as the user named it; null for a command line.</param>
/// <param name="Line">Line in <paramref name="File"/>, from 1; null when the problem has no line (a missing file, a missing key in defaults).</param>
/// <param name="Place">The object meant, in the user's words: <c>runtime.ollama.concurrency</c>, <c>entry "Add login"</c>, <c>--slots</c>.</param>
/// <param name="Found">What stands there.</param>
/// <param name="Expected">What may stand there.</param>
/// <param name="NextStep">What to type or change; null when <paramref name="Expected"/> says it all.</param>
public sealed record Problem(string? File, int? Line, string Place, string Found, string Expected, string? NextStep = null)
{
    public override string ToString()
    {
        var text = new StringBuilder();
        if (File is not null)
        {
            text.Append(File);
            if (Line is not null)
                text.Append(':').Append(Line.Value);
            text.Append(": ");
        }

        text.Append(Place).Append(": found ").Append(Found).Append(", expected ").Append(Expected).Append('.');
        if (NextStep is not null)
            text.Append(' ').Append(NextStep);
        return text.ToString();
    }
}
