using System.CommandLine;
using Ripieno.Agents.Custom;
using Ripieno.Cli.Display;
using Ripieno.Cli.Grammar;
using Ripieno.Cli.Output;
using Ripieno.Cli.Runs;
using Ripieno.Runs;
using Spectre.Console;

namespace Ripieno.Cli.Commands;

/// <summary><c>artifacts</c>: lists a run's files, and writes them to a folder.</summary>
internal static class ArtifactsCommand
{
    public static Command Create(Invocation invocation)
    {
        var run = RunChoice.Optional("the newest");
        var folder = new Option<string?>("--out") { HelpName = "DIR", Description = "Write them to DIR/RUN" };
        var command = new DocumentedCommand(
            "artifacts",
            "List the files that a run has made; with --out, write them to a folder.",
            ("list", "ripieno artifacts nightly-42"),
            ("write", "ripieno artifacts nightly-42 --out ./result"))
        {
            run, folder,
        };
        command.SetAction((parsed, _) => ExecuteAsync(invocation, CommonSettings.Of(parsed), parsed.GetValue(run), parsed.GetValue(folder)));
        return command;
    }

    private static async Task<int> ExecuteAsync(Invocation invocation, CommonSettings common, string? named, string? folder)
    {
        var cancellation = invocation.Interruption.Requested;
        await using var composition = await Composition.OpenAsync(invocation, common, cancellation);
        var id = await RunChoice.IdAsync(composition, named, null, cancellation);
        var record = (await composition.Coordinator.OverviewAsync(id, cancellation)).Run;
        var artifacts = await composition.Store.ListArtifactsAsync(id, null, cancellation);
        if (RunBanner.Of(await composition.SnapshotAsync(record, cancellation)).Own is { } workflow)
        {
            // Of work that a reviewer has not accepted nothing is shown, as nothing of it is written.
            var versions = WorkUnit.Of(workflow, await composition.Coordinator.StepsAsync(id, cancellation)).Where(unit => unit.Step.Status == StepStatus.Succeeded).Select(unit => unit.Version).ToHashSet();
            artifacts = [.. artifacts.Where(artifact => versions.Contains(artifact.StepIndex))];
        }

        RunFiles? files = null;
        if (folder is not null)
        {
            files = RunExecution.Files(invocation, composition, id, folder);
            await files.ExportAsync(cancellation);
        }

        if (common.Json)
        {
            JsonOutput.WriteLine(invocation.Terminal.Out, new ArtifactsDocument(
                id, files?.Folder, [.. artifacts.Select(artifact => new ArtifactJson(artifact.StepKey, artifact.Name, artifact.Hash.ToString(), artifact.Size))]));
            return ExitCode.Done;
        }

        if (artifacts.Count == 0)
        {
            await invocation.Terminal.Out.WriteLineAsync($"Run {id} has made no files yet.");
        }
        else if (!common.Quiet)
        {
            var table = new Table().Border(TableBorder.Rounded).BorderStyle(Look.Quiet).AddColumn("step").AddColumn("file").AddColumn(new TableColumn("bytes").RightAligned());
            foreach (var artifact in artifacts)
                table.AddRow(new Text(SafeText.Of(artifact.StepKey)), new Text(SafeText.Of(artifact.Name)), new Text(TimeText.Number(artifact.Size)));
            invocation.Terminal.Console.Write(table);
        }

        if (files is not null)
            await invocation.Terminal.Out.WriteLineAsync($"Written to {files.Folder}");
        return ExitCode.Done;
    }
}
