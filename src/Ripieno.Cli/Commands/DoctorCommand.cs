using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Cli.Setup;
using Ripieno.Configuration;
using Ripieno.Providers;
using Spectre.Console;

namespace Ripieno.Cli.Commands;

/// <summary><c>doctor</c>: tells whether everything that a run needs is there.</summary>
internal static class DoctorCommand
{
    public static Command Create(Invocation invocation)
    {
        var command = new DocumentedCommand(
            "doctor",
            "Check config, store, disk, endpoints, models and machine, and say what to do about what is wrong.",
            ("before the first run", "ripieno doctor"),
            ("in a script", "ripieno doctor --json"));
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common)
    {
        var configuration = Composition.Read(invocation, common, CommandLineOverrides.None);
        using var providers = ModelProviders.Create(configuration.Options, invocation.Time);
        var findings = await new Checkup(configuration, providers.ByKind, invocation.Time).RunAsync(invocation.Interruption.Requested);
        var isOk = findings.All(finding => finding.Level != FindingLevel.Error);
        if (common.Json)
        {
            JsonOutput.WriteLine(invocation.Terminal.Out, new DoctorDocument(isOk, [.. findings.Select(finding =>
                new FindingJson(finding.Level.ToString().ToLowerInvariant(), finding.Subject, finding.Text, finding.NextStep))]));
        }
        else
        {
            foreach (var finding in findings.Where(finding => !common.Quiet || finding.Level != FindingLevel.Ok))
                Write(invocation.Terminal.Console, finding);
        }

        return isOk ? ExitCode.Done : ExitCode.Unavailable;
    }

    private static void Write(IAnsiConsole console, Finding finding)
    {
        var (mark, style) = finding.Level switch
        {
            FindingLevel.Ok => ("✓", Look.Good),
            FindingLevel.Warning => ("!", Look.Warn),
            _ => ("✗", Look.Bad),
        };

        // Wraps where it must: these lines are read once, not redrawn.
        console.Write(new Paragraph().Append($"{mark} ", style).Append($"{finding.Subject}: ").Append(SafeText.Of(finding.Text, longest: 1000)).Append("\n"));
        if (finding.NextStep is { } next)
            console.Write(new Paragraph().Append($"    {SafeText.Of(next, longest: 1000)}\n", Look.Quiet));
    }
}
