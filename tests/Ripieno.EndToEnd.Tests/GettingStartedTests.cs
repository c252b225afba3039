using System.Diagnostics;
using System.Text;
using Ripieno.EndToEnd.Tests.Ledgers;
using Ripieno.EndToEnd.Tests.Library;
using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Simulator;

namespace Ripieno.EndToEnd.Tests;

/// <summary>The guide, typed in: every command of docs/getting-started.md in a fresh clone, with a simulated Ollama where it asks for one.</summary>
[Collection(Collections.Embedded)]
public sealed class GettingStartedTests
{
    [Fact]
    public async Task Every_command_of_the_guide_works_in_a_fresh_clone()
    {
        await using var simulator = await ModelSimulator.StartAsync(new() { Slots = 4, Latency = TimeSpan.FromMilliseconds(20) });
        using var workspace = new Workspace();
        var clone = workspace.In("ripieno");
        await BashAsync(workspace.Folder, simulator, $"git clone -q '{DotnetCommand.Repository}' '{clone}'");
        var built = Storms.Long ? null : RipienoProcess.Published;
        if (built is not null)
            await BashAsync(clone, simulator, Adopt(built));

        var commands = Commands(await File.ReadAllTextAsync(Path.Combine(clone, "docs", "getting-started.md")));
        Assert.True(commands.Split("./ripieno").Length > 10, "The guide must have been found and read.");
        var output = await BashAsync(clone, simulator, commands);

        if (built is null)
            Assert.Contains("Building Ripieno, first time", output, StringComparison.Ordinal);
        else
            Assert.DoesNotContain("Building Ripieno", output, StringComparison.Ordinal);
        foreach (var run in new[] { "first", "second", "guest-book", "dark-mode", "translate", "for-real", "in-the-background" })
            Assert.True(File.Exists(Path.Combine(clone, "artifacts", run, "summary.md")), $"{run} left no summary.\n{output}");
        Assert.True(File.Exists(Path.Combine(clone, "my-project", "config", "agents.config.json")));
        Assert.Contains(simulator.Requests, request => request.Schema == "review");

        // In the same clone, which is built by now.
        var workflows = Commands(await File.ReadAllTextAsync(Path.Combine(clone, "docs", "workflows.md")));
        Assert.Contains("workflow research", await BashAsync(clone, simulator, workflows), StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(Path.Combine(clone, "examples", "workflows", "artifacts"), "report.md", SearchOption.AllDirectories));
    }

    /// <summary>
    /// Puts a build where the clone looks for its last one. The build is what ./test has just made with the clone's own script, from the same sources; to make it once more would take longer than everything else here.
    /// </summary>
    private static string Adopt(string built)
    {
        var name = Path.GetFileName(built);
        return $"mkdir -p .build/cli && cp -R '{built}' .build/cli/ && touch '.build/cli/{name}/built' && echo '{name}' > .build/cli/current";
    }

    /// <summary>The text of all <c>sh</c> blocks.</summary>
    private static string Commands(string guide)
    {
        var commands = new StringBuilder();
        var inside = false;
        foreach (var line in guide.Split('\n'))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
                inside = line == "```sh";
            else if (inside)
                commands.AppendLine(line);
        }

        return commands.ToString();
    }

    private static async Task<string> BashAsync(string folder, ModelSimulator simulator, string commands)
    {
        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", "exec 2>&1 < /dev/null\n" + commands])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment["OLLAMA_HOST"] = simulator.Url.ToString();
        start.Environment.Remove("INSTANCE_ID");
        using var bash = Process.Start(start)!;
        var output = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        Assert.True(bash.ExitCode == 0, $"Exit code {bash.ExitCode} after:\n{output}");
        return output;
    }
}
