using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Ripieno.Cli.Grammar;

/// <summary>The usual help, followed by the command's examples.</summary>
internal sealed class HelpWithExamples(HelpAction usual, IReadOnlyList<(string What, string Line)> rootExamples) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        var examples = parseResult.CommandResult.Command switch
        {
            DocumentedCommand command => command.Examples,
            RootCommand => rootExamples,
            _ => [],
        };
        if (examples.Count == 0)
            return ExitCode.Done;
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        var width = examples.Max(example => example.Line.Length);
        foreach (var (what, line) in examples)
            output.WriteLine($"  {line.PadRight(width)}  {what}");
        output.WriteLine();
        return ExitCode.Done;
    }
}
