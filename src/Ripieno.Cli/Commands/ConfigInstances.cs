using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Configuration;
using Ripieno.Errors;

namespace Ripieno.Cli.Commands;

/// <summary><c>config show --instances</c>: what each instance file has otherwise than the project's config. What is right is shown, whatever is wrong beside it.</summary>
internal static class ConfigInstances
{
    public static int Show(Invocation invocation, CommonSettings common)
    {
        var files = InstanceFiles.Read(common.Config, CommandLineOverrides.None with { Store = common.Store }, invocation.Folder, invocation.Variable);
        if (files.Base.Loaded is { } loaded)
            Composition.WarnOfPassword(invocation, common, loaded);
        if (common.Json)
            JsonOutput.WriteLine(invocation.Terminal.Out, Document(files));
        else
            Write(files, invocation.Terminal, common.Quiet);
        if (files.Problems.Count == 0)
            return ExitCode.Done;
        Failure.Of(new InvalidInputException(files.Problems)).Write(invocation.Terminal.Error, invocation.FollowUp);
        return ExitCode.Usage;
    }

    private static void Write(InstanceFiles files, Terminal terminal, bool isQuiet)
    {
        if (!isQuiet)
            terminal.Out.WriteLine($"Base {SafeText.Of(files.Base.File)}, {TimeText.Count(files.All.Count, "instance file")} beside it.");
        if (files.All.Count == 0 && !isQuiet)
        {
            var own = Path.GetFileName(files.Base.File);
            terminal.Out.WriteLine($"An instance file is called {Path.GetFileNameWithoutExtension(own)}.NAME.json and says {{ \"extends\": \"{own}\" }} and what differs.");
        }

        foreach (var instance in files.All)
            terminal.Console.Write(InstancesView.Of(instance, files.Base.File, terminal.Console.Profile.Width));
        foreach (var warning in files.Warnings)
            terminal.Out.WriteLine($"warning: {SafeText.Of(warning, longest: 2000)}");
    }

    private static InstancesDocument Document(InstanceFiles files) => new(
        files.ProjectFolder,
        files.Base.File,
        [
            .. files.All.Select(one => new InstanceFileJson(
                one.Name, one.File, one.Loaded?.Slots,
                [.. one.Differences.Select(value => new InstanceDifferenceJson(value.Place, value.Value, value.Origin.ToString(), value.Base))],
                [.. one.Problems.Select(Text)])),
        ],
        files.Warnings,
        [.. files.Problems.Select(Text)]);

    private static string Text(Problem problem) => RedisAddress.Mask(problem.ToString());
}
