using System.CommandLine;

namespace Ripieno.Cli.Grammar;

/// <summary>A command whose help ends with examples.</summary>
/// <param name="name">As typed.</param>
/// <param name="description">One or two sentences.</param>
/// <param name="examples">Command lines, each with its comment before it: pairs.</param>
internal sealed class DocumentedCommand(string name, string description, params (string What, string Line)[] examples) : Command(name, description)
{
    public IReadOnlyList<(string What, string Line)> Examples { get; } = examples;
}
