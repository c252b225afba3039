using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using Ripieno.Cli.Commands;

namespace Ripieno.Cli.Grammar;

/// <summary>The command <c>ripieno</c> with all that it can do.</summary>
internal static class RipienoCommand
{
    private static readonly (string What, string Line)[] Examples =
    [
        ("a first run, without any model", "ripieno run \"Add a login page\" --provider simulated"),
        ("find a local Ollama and write a config that suits this machine", "ripieno init"),
        ("plan, execute and review a backlog", "ripieno run backlog.md"),
        ("what there is", "ripieno runs"),
    ];

    public static string Version { get; } =
        typeof(RipienoCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>What <c>--version</c> writes.</summary>
    public static string VersionLine => $"ripieno {Version}";

    public static RootCommand Create(Invocation invocation)
    {
        var root = new RootCommand("Runs teams of LLM agents over a backlog: one plans, others execute and review. Every run survives a crash.") { HelpName = "ripieno" };
        root.Directives.Clear();
        foreach (var option in (ReadOnlySpan<Option>)[CommonFlags.Config, CommonFlags.Store, CommonFlags.Json, CommonFlags.Quiet])
            root.Add(option);
        foreach (var command in Commands(invocation))
            root.Add(command);
        foreach (var option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction usual } help)
                help.Action = new HelpWithExamples(usual, Examples);
            else if (option is VersionOption version)
                version.Action = new WriteVersion();
        }

        root.SetAction(result => new HelpWithExamples(new HelpAction(), Examples).Invoke(result));
        return root;
    }

    private static IEnumerable<Command> Commands(Invocation invocation) =>
    [
        InitCommand.Create(invocation),
        RunCommand.Create(invocation),
        ResumeCommand.Create(invocation),
        RetryCommand.Create(invocation),
        SubmitCommand.Create(invocation),
        WorkerCommand.Create(invocation),
        RunsCommand.Create(invocation),
        ShowCommand.Create(invocation),
        WatchCommand.Create(invocation),
        LogsCommand.Create(invocation),
        StatusCommand.Create(invocation),
        ApproveCommand.Create(invocation),
        CancelCommand.Create(invocation),
        ArtifactsCommand.Create(invocation),
        ConfigCommand.Create(invocation),
        DoctorCommand.Create(invocation),
        SimulateCommand.Create(invocation),
        DeadLetterCommand.Create(invocation),
        PruneCommand.Create(invocation),
        StoreCommand.Create(invocation),
        DrillCommand.Create(invocation),
    ];

    private sealed class WriteVersion : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(VersionLine);
            return ExitCode.Done;
        }
    }
}
