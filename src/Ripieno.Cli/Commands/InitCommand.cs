using System.CommandLine;
using Ripieno.Capacity;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Cli.Setup;
using Ripieno.Configuration;
using Ripieno.Diagnostics;
using Ripieno.Errors;
using Ripieno.Models;
using Ripieno.Providers;
using Spectre.Console;

namespace Ripieno.Cli.Commands;

/// <summary><c>init</c>: writes a config that suits this machine.</summary>
internal static class InitCommand
{
    private const string SchemaFile = "config/agents.config.schema.json";
    private const string BacklogFile = "examples/backlog.md";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static Command Create(Invocation invocation)
    {
        var force = new Option<bool>("--force") { Description = "Overwrite a config that is there" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Ask nothing" };
        var command = new DocumentedCommand(
            "init",
            "Look for Ollama and its models, measure this machine, and write a config that suits both.",
            ("in the project's folder", "ripieno init"),
            ("in a script", "ripieno init --yes"))
        {
            force, yes,
        };
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed), parsed.GetValue(force), parsed.GetValue(yes)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, bool force, bool yes)
    {
        var cancellation = invocation.Interruption.Requested;
        var path = Path.GetFullPath(common.Config ?? ConfigurationFile.Standard, invocation.Folder);
        if (!force && File.Exists(path))
            throw new ConflictException($"{common.Config ?? ConfigurationFile.Standard} exists already. Use --force to overwrite it, or 'ripieno doctor' to check it.");

        var report = await ProbeAsync(invocation, cancellation);
        var machine = await MachineProbe.ReadAsync(invocation.Folder, invocation.Time, cancellation);
        var advice = HardwareFit.Recommend(machine, report.Reachable ? [.. report.Models.Select(model => model.Name)] : null);
        if (!common.IsSilent)
            Explain(invocation.Terminal.Out, machine, report, advice);
        if (!yes && !common.IsSilent && invocation.Terminal.CanAsk
            && !await invocation.Terminal.Console.ConfirmAsync($"Write {Markup.Escape(Path.GetRelativePath(invocation.Folder, path))}?", cancellationToken: cancellation))
        {
            return ExitCode.Done;
        }

        var project = ConfigurationFile.ProjectFolder(path);
        var written = new List<string>();
        var kept = new List<string>();
        Write(path, StarterConfig.Text(Path.GetFileName(project) is { Length: > 0 } name ? name : "ripieno", report.Endpoint.Url, advice), force);
        Write(Path.Combine(Path.GetDirectoryName(path)!, Path.GetFileName(SchemaFile)), ConfigurationSchema.Text(), overwrite: force);
        Write(Path.Combine(project, BacklogFile), StarterConfig.Backlog + "\n", overwrite: false);
        Tell(invocation, common, report, advice, project, written, kept);
        return ExitCode.Done;

        void Write(string file, string text, bool overwrite) =>
            (Folders.Write(file, text, overwrite) ? written : kept).Add(Path.GetRelativePath(invocation.Folder, file));
    }

    private static async Task<EndpointReport> ProbeAsync(Invocation invocation, CancellationToken cancellation)
    {
        var url = invocation.Variable(OllamaHost.Variable) is { Length: > 0 } host
            ? OllamaHost.Parse(host) ?? throw new InvalidInputException(new Problem(null, null, OllamaHost.Variable, "a value that is no address", OllamaHost.Expected, "Correct or unset it."))
            : new Uri(EffectiveEndpoints.DefaultOllama);
        var endpoint = new Endpoint(ProviderKind.Ollama, ProviderKind.Ollama, url, 1, null, null);
        using var providers = ModelProviders.Create(BuiltInConfiguration.Options, invocation.Time);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var timer = new CancellationTokenSource(Patience, invocation.Time);
        await using var link = timer.Token.Register(bound.Cancel);
        try
        {
            return await providers.ByKind[ProviderKind.Ollama].ProbeAsync(endpoint, bound.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(endpoint, Reachable: false, null, [], "no answer");
        }
    }

    private static void Explain(TextWriter output, Machine machine, EndpointReport report, HardwareAdvice advice)
    {
        output.WriteLine($"Machine: {machine}");
        output.WriteLine(report.Reachable
            ? $"Ollama: {report.Endpoint.Url}{(report.Version is { } version ? $", version {SafeText.Of(version, longest: 40)}" : "")}, models: {(report.Models.Count == 0 ? "none" : string.Join(", ", report.Models.Select(model => SafeText.Of(model.Name, longest: 80))))}"
            : $"Ollama: not found at {report.Endpoint.Url}");
        output.WriteLine($"Chosen: {SafeText.Of(advice.Model, longest: 80)}, context {advice.Context}, concurrency {advice.Concurrency}");
        foreach (var reason in advice.Reasons)
            output.WriteLine($"  - {SafeText.Of(reason, longest: 1000)}");
    }

    private static void Tell(
        Invocation invocation, CommonSettings common, EndpointReport report, HardwareAdvice advice, string project, List<string> written, List<string> kept)
    {
        if (common.Json)
        {
            JsonOutput.WriteLine(invocation.Terminal.Out, new InitDocument(
                project, advice.Model, ProviderKind.Ollama, advice.Context, advice.Concurrency, written, kept));
            return;
        }

        if (common.Quiet)
            return;
        var output = invocation.Terminal.Out;
        output.WriteLine($"Written: {string.Join(", ", written)}");
        if (kept.Count > 0)
            output.WriteLine($"Kept as they were: {string.Join(", ", kept)}");
        if (!report.Reachable)
            output.WriteLine($"Next: install Ollama (https://ollama.com/download), then 'ollama pull {advice.Model}'. Until then: ripieno run {BacklogFile} --provider simulated");
        else if (!advice.Installed)
            output.WriteLine($"Next: ollama pull {SafeText.Of(advice.Model, longest: 80)}, then: ripieno run {BacklogFile}");
        else
            output.WriteLine($"Next: ripieno run {BacklogFile}");
    }
}
