using System.Text;
using Ripieno.Agents.Artifacts;

namespace Ripieno.Agents.Planning;

/// <summary>Makes ids that can be part of a step key, a folder name and a command line, each once.</summary>
internal sealed class TaskIds
{
    /// <summary>Leaves room for a suffix within a folder name, and for the id in a table.</summary>
    private const int MaxLength = 60;

    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <param name="wanted">The planner's id.</param>
    /// <param name="title">Used when the id has no letter or digit that can stay.</param>
    public string Name(string wanted, string title)
    {
        var name = Safe(wanted) is { Length: > 0 } id ? id : Safe(title) is { Length: > 0 } fromTitle ? fromTitle : "task";
        if (ArtifactName.IsReserved(name))
            name = "task-" + name;
        var unique = name;
        for (var number = 2; !_used.Add(unique); number++)
            unique = $"{name}-{number}";
        return unique;
    }

    private static string Safe(string text)
    {
        var safe = new StringBuilder();
        foreach (var letter in text.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(letter))
                safe.Append(letter);
            else if (safe.Length > 0 && safe[^1] != '-')
                safe.Append('-');
        }

        return safe.ToString(0, Math.Min(safe.Length, MaxLength)).Trim('-');
    }
}
