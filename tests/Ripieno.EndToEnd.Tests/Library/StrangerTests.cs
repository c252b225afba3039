using Ripieno.EndToEnd.Tests.Processes;

namespace Ripieno.EndToEnd.Tests.Library;

/// <summary>A stranger's program: outside of the solution, it knows the packages only, and runs an agent of its own.</summary>
[Collection(Collections.Redis)]
public sealed class StrangerTests
{
    private static readonly string[] Packed = ["Ripieno", "Ripieno.Providers", "Ripieno.Sqlite", "Ripieno.Redis", "Ripieno.Hosting"];

    [Fact]
    public async Task A_console_app_uses_the_packed_packages()
    {
        using var workspace = new Workspace();
        foreach (var project in Packed)
        {
            await DotnetCommand.RunAsync(
                DotnetCommand.Repository, "pack", Path.Combine("src", project), "-c", "Release", "--no-build", "-nologo", "-v", "quiet", "-o", workspace.In("feed"));
        }

        workspace.Write("nuget.config", """<configuration><packageSources><add key="local" value="feed" /></packageSources></configuration>""");
        // Packages of this build must not stay in the user's cache, where the next build's would be taken for them.
        workspace.Write("stranger.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NuGetAudit>false</NuGetAudit>
                <RestorePackagesPath>packages</RestorePackagesPath>
                <RestoreFallbackFolders>{DotnetCommand.Packages}</RestoreFallbackFolders>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Ripieno.Hosting" Version="*" />
              </ItemGroup>
            </Project>
            """);
        workspace.Write("Program.cs", """
            using Ripieno;
            using Ripieno.Errors;

            await using var coordinator = AgentCoordinator.Open(configure: ripieno => ripieno
                .AddAgent<Word[], Longest>("longest", words => new(words.MaxBy(word => word.Text.Length)!.Text))
                .AddWorkflow("words", workflow => workflow.Step("found", "longest").Prompt("{{input}}")));
            Word[] words = [new("ripieno"), new("concertino"), new("solo")];
            var result = (await coordinator.ExecuteWorkflowAsync("words-1", "words", words)).EnsureSucceeded();
            Console.WriteLine($"The longest word is {(await result.ValueAsync<Longest>("found"))!.Word}.");
            try
            {
                await coordinator.SubmitAsync("words", new[] { new Word("another") }, workflowId: "words-1");
            }
            catch (ConflictException conflict)
            {
                Console.WriteLine(conflict.Message);
            }

            sealed record Word(string Text);
            sealed record Longest(string Word);
            """);
        var output = await DotnetCommand.RunAsync(workspace.Folder, "run");
        Assert.Contains("The longest word is concertino.", output, StringComparison.Ordinal);
        Assert.Contains("words-1", output.Split('\n').Last(line => line.Length > 0), StringComparison.Ordinal);
        // And the command sees the same run.
        var shown = await RipienoProcess.RunAsync(workspace, "show", "words-1", "--json");
        Assert.Contains("\"status\":\"succeeded\"", shown.Output, StringComparison.Ordinal);
    }
}
