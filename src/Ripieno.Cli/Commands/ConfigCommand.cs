using System.CommandLine;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Configuration;
using Ripieno.Errors;
using Ripieno.Workflows;
using Ripieno.Workflows.Composing;

namespace Ripieno.Cli.Commands;

/// <summary><c>config check</c> and <c>config show</c>.</summary>
internal static class ConfigCommand
{
    public static Command Create(Invocation invocation)
    {
        var check = new DocumentedCommand(
            "check",
            "Check the config: every mistake with file, line and what is expected; then your workflows as drawings, and what is allowed but probably not meant.",
            ("the project's config", "ripieno config check"),
            ("another file", "ripieno config check --config config/agents.config.instance1.json"));
        check.SetAction(parsed => Check(invocation, CommonSettings.Of(parsed)));
        var instances = new Option<bool>("--instances")
        {
            Description = "Show the instance files beside the config (agents.config.NAME.json): what each has otherwise, and what is wrong with any of them",
        };
        var show = new DocumentedCommand(
            "show",
            "Show the config that applies, each value with where it comes from.",
            ("as a config file with comments", "ripieno config show"),
            ("what each instance has otherwise, as agents.config.NAME.json beside the config says", "ripieno config show --instances"),
            ("for a script", "ripieno config show --json"))
        {
            instances,
        };
        show.SetAction(parsed => parsed.GetValue(instances) ? ConfigInstances.Show(invocation, CommonSettings.Of(parsed)) : Show(invocation, CommonSettings.Of(parsed)));
        return new Command("config", "Check or show the config") { check, show };
    }

    private static LoadedConfiguration Load(Invocation invocation, CommonSettings common) =>
        Composition.Read(invocation, common, CommandLineOverrides.None);

    private static int Check(Invocation invocation, CommonSettings common)
    {
        var loaded = Load(invocation, common);
        CheckPrompts(loaded);
        var findings = ConfigurationFindings.Of(loaded);
        var output = invocation.Terminal.Out;
        if (common.Json)
        {
            JsonOutput.WriteLine(output, new ConfigCheckDocument(Ok: true, loaded.ProjectFolder, loaded.File, findings));
            return ExitCode.Done;
        }

        if (!common.Quiet)
        {
            foreach (var (name, options) in loaded.Options.Workflows.Own.OrderBy(workflow => workflow.Key, StringComparer.Ordinal))
                invocation.Terminal.Console.Write(WorkflowView.Of(WorkflowComposer.Compose(name, options, loaded.Options.Agents, out _), options));
        }

        foreach (var finding in findings)
            output.WriteLine($"note: {SafeText.Of(finding, longest: 2000)}");
        if (!common.Quiet)
            output.WriteLine($"{loaded.File ?? "Built-in defaults (no config file)"}: no mistakes.");
        return ExitCode.Done;
    }

    /// <summary>What a run would find wrong with the prompt files of its agents.</summary>
    private static void CheckPrompts(LoadedConfiguration loaded)
    {
        var problems = new List<Problem>();
        foreach (var name in loaded.Options.Workflows.Own.Keys.Order(StringComparer.Ordinal).Prepend(StandardWorkflow.Name))
        {
            try
            {
                RunSnapshots.Take(loaded.Options, loaded.ProjectFolder, name);
            }
            catch (InvalidInputException exception)
            {
                // A config that is only for workflows of its own need not have all agents of the built-in one.
                problems.AddRange(exception.Problems.Where(problem => problem.File is not null && !problems.Contains(problem)));
            }
        }

        if (problems.Count > 0)
            throw new InvalidInputException(problems);
    }

    private static int Show(Invocation invocation, CommonSettings common)
    {
        var loaded = Load(invocation, common);
        if (common.Json)
        {
            var values = EffectiveConfiguration.Values(loaded).Select(value => new ConfigValueJson(value.Place, value.Value, value.Origin.ToString()));
            JsonOutput.WriteLine(invocation.Terminal.Out, new ConfigDocument(loaded.ProjectFolder, loaded.File, [.. values]));
            return ExitCode.Done;
        }

        if (!common.Quiet)
            invocation.Terminal.Out.WriteLine($"// Project folder: {loaded.ProjectFolder}");
        invocation.Terminal.Out.WriteLine(EffectiveConfiguration.Render(loaded));
        return ExitCode.Done;
    }
}
