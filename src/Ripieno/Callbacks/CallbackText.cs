using System.Collections.Immutable;
using System.Text.Json;
using Ripieno.Workflows.Expressions;

namespace Ripieno.Callbacks;

/// <summary>Arguments of commands with values of the run in them: <c>{{run.id}}</c> and whatever else the message's <c>data</c> has.</summary>
internal static class CallbackText
{
    private const string Root = "run";

    private static readonly ImmutableArray<string> Paths =
        ["id", "title", "workflow", "tenant", "status", "steps.total", "steps.failed", "tokens.input", "tokens.output", "createdAt", "startedAt", "finishedAt", "show"];

    /// <summary>What may be mentioned.</summary>
    public static IEnumerable<string> Known => Paths.Select(path => $"{{{{{Root}.{path}}}}}");

    /// <summary>What is wrong with a text, as the end of "found …"; null = nothing.</summary>
    public static string? Problem(string text)
    {
        if (TextTemplate.TryParse(text, out var problem) is not { } template)
            return problem;
        return template.Paths.FirstOrDefault(path => path.Root != Root || !Paths.Contains(string.Join('.', path.Segments))) is { } unknown
            ? $"the unknown placeholder {{{{{unknown}}}}}"
            : null;
    }

    /// <param name="text">An argument.</param>
    /// <param name="message">What the receiver is told.</param>
    public static string Render(string text, JsonElement message)
    {
        var rendered = TextTemplate.Parse(text).Render(path => path.In(message.GetProperty("data")));
        // A title may hold anything, and this is one argument.
        return string.Concat(rendered.Select(character => char.IsControl(character) ? ' ' : character));
    }
}
