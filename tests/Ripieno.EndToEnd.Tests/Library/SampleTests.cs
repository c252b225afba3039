using Ripieno.EndToEnd.Tests.Processes;
using Ripieno.Stores.Tests.Redis.Servers;

namespace Ripieno.EndToEnd.Tests.Library;

/// <summary>The samples in C#, each compiled and run as its first line says, in a folder that has nothing in it.</summary>
[Collection(Collections.Embedded)]
public sealed class SampleTests
{
    [Fact]
    public async Task Two_coordinators_execute_their_own_runs()
    {
        var output = await RunAsync("two-coordinators.cs");
        Assert.Matches("instance1_workflow: Succeeded, [0-9]+ steps, [1-9][0-9]* tokens", output);
        Assert.Matches("instance2_workflow: Succeeded", output);
    }

    [Fact]
    public async Task Tasks_are_dealt_out_in_turn()
    {
        var output = await RunAsync("round-robin.cs");
        Assert.Equal(6, output.Split('\n').Count(line => line.StartsWith("task-", StringComparison.Ordinal) && line.EndsWith(": Succeeded", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_queue_is_a_file_or_a_redis()
    {
        await using var redis = await RedisServer.StartAsync();
        foreach (string[] arguments in new string[][] { [], [$"redis:{redis.Endpoint}"] })
        {
            var output = await RunAsync("task-queue.cs", arguments);
            Assert.Contains("nightly-42 accepted; a second time: the same run", output, StringComparison.Ordinal);
            Assert.Contains("RunFinished", output, StringComparison.Ordinal);
            Assert.Matches("files: .*summary.md", output);
        }
    }

    [Fact]
    public async Task A_host_works_with_an_agent_that_is_a_class()
    {
        var output = await RunAsync("hosted-worker.cs");
        Assert.Contains("3 × tea: 12.60", output, StringComparison.Ordinal);
        Assert.Contains("2 × cups: 19.80", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Agents_are_functions_and_reviewers_and_people()
    {
        var output = await RunAsync("agents.cs");
        Assert.Matches("release: Publish [0-9]+ words\\?", output);
        // A draft, its revision, and the translation.
        Assert.Matches("[0-9]+ words, 3 model calls, [1-9][0-9]* tokens\n# Notice", output);
    }

    [Fact]
    public void Every_sample_is_run() => Assert.Equal(
        ["agents.cs", "hosted-worker.cs", "round-robin.cs", "task-queue.cs", "two-coordinators.cs"],
        Directory.GetFiles(Samples, "*.cs").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));

    private static string Samples => Path.Combine(DotnetCommand.Repository, "examples", "csharp");

    private static async Task<string> RunAsync(string sample, params string[] arguments)
    {
        using var workspace = new Workspace();
        // In the configuration that the tests were built in: what the sample refers to is there already.
        return await DotnetCommand.RunAsync(workspace.Folder, ["run", "-c", "Release", Path.Combine(Samples, sample), "--", .. arguments]);
    }
}
